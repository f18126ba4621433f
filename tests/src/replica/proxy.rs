//! A wire that can be cut: between a replica and its server.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::TestDatabase;

/// Hands on what is said, until the client has said so much.
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) url: String,
    said: Arc<AtomicUsize>,
}

impl Proxy {
    /// Before the server of a database; the connection is cut when the client has sent so many messages.
    #[track_caller]
    pub(crate) fn before(db: &TestDatabase, cut: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (scheme, rest) = db.url().split_once("://").unwrap();
        let (user, rest) = rest.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let url = format!("{scheme}://{user}@{}/{database}", listener.local_addr().unwrap());
        let (said, server) = (Arc::new(AtomicUsize::new(0)), server.to_owned());
        let counting = said.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(&server).unwrap();
                let (answers, listening) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                thread::spawn(move || hand_on(answers, listening, || true));
                let counting = counting.clone();
                thread::spawn(move || hand_on(client, server, || counting.fetch_add(1, Ordering::SeqCst) + 1 < cut));
            }
        });
        Self { url, said }
    }

    /// How many messages the client has sent.
    pub(crate) fn messages(&self) -> usize {
        self.said.load(Ordering::SeqCst)
    }
}

/// One way, as long as it may.
fn hand_on(mut from: TcpStream, mut to: TcpStream, mut may: impl FnMut() -> bool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !may() || to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    from.shutdown(Shutdown::Both).ok();
    to.shutdown(Shutdown::Both).ok();
}
