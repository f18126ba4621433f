//! Six replicas at once, one of them killed while it migrates.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::BoxedError;

const REPLICAS: usize = 6;

pub fn demo() -> Result<(), BoxedError> {
    let mut replicas = (0..REPLICAS).map(|_| replica()).collect::<Result<Vec<_>, _>>()?;
    let readers: Vec<_> = replicas.iter_mut().enumerate().map(|(number, child)| told(number, child)).collect();

    thread::sleep(Duration::from_millis(700));
    println!("replica 0: killed");
    replicas[0].kill()?;

    let mut failed = Vec::new();
    for (number, replica) in replicas.iter_mut().enumerate() {
        let status = replica.wait()?;
        if number > 0 && !status.success() {
            failed.push(number);
        }
    }
    readers.into_iter().for_each(|reader| drop(reader.join()));
    if failed.is_empty() {
        println!("{} replicas ended well", REPLICAS - 1);
        Ok(())
    } else {
        Err(format!("these replicas failed: {failed:?}").into())
    }
}

fn replica() -> Result<Child, BoxedError> {
    Ok(Command::new(std::env::current_exe()?).stdout(Stdio::piped()).spawn()?)
}

/// Prints what a replica says, with its number in front.
fn told(number: usize, child: &mut Child) -> thread::JoinHandle<()> {
    let output = child.stdout.take();
    thread::spawn(move || {
        for line in output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok) {
            println!("replica {number}: {line}");
        }
    })
}
