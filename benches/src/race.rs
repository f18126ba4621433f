//! Several ways to the same end, timed in turn: what disturbs the machine disturbs all of them.

use std::fs;
use std::time::{Duration, Instant};

use crate::Answer;

/// A fast act is repeated until one sample takes this long.
const SAMPLE: Duration = Duration::from_millis(5);

/// The system counts running time in steps of some milliseconds: a shorter sample cannot be told by it.
const COUNTED: Duration = Duration::from_millis(100);

/// One measurement.
pub struct Sample {
    pub time: Duration,
    /// Of which this thread was running: what a busy machine, a disk or a server adds is not in it. Linux tells.
    running: Option<Duration>,
    /// How many statements, or batches of them, were sent; where that is known.
    sent: Option<usize>,
}

impl Sample {
    /// That long, and nothing else is known.
    pub fn of(time: Duration) -> Self {
        Self { time, running: None, sent: None }
    }
}

/// How long an act takes that says how much it sent.
pub fn timed(act: impl FnOnce() -> Answer<Option<usize>>) -> Answer<Sample> {
    repeated(1, act)
}

fn repeated(times: u32, act: impl FnOnce() -> Answer<Option<usize>>) -> Answer<Sample> {
    let running = running();
    let begin = Instant::now();
    let sent = act()?;
    let time = begin.elapsed();
    let running = running.zip(self::running()).filter(|_| time >= COUNTED).map(|(before, after)| after - before);
    Ok(Sample { time: time / times, running: running.map(|running| running / times), sent })
}

/// How long this thread has been running.
fn running() -> Option<Duration> {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// One way.
pub struct Side<'a> {
    name: String,
    sample: Box<dyn FnMut() -> Answer<Sample> + 'a>,
}

impl<'a> Side<'a> {
    /// Prepares what it needs and times the rest itself.
    pub fn new(name: impl Into<String>, sample: impl FnMut() -> Answer<Sample> + 'a) -> Self {
        Self { name: name.into(), sample: Box::new(sample) }
    }

    /// An act that leaves everything as it was, so that it can be repeated; it says how much it sent.
    pub fn repeated(name: impl Into<String>, mut act: impl FnMut() -> Answer<Option<usize>> + 'a) -> Self {
        let mut times = 0;
        Self::new(name, move || {
            if times == 0 {
                act()?;
                let once = timed(&mut act)?.time;
                times = (SAMPLE.as_nanos() / once.as_nanos().max(1)).clamp(1, 10_000) as u32;
            }
            repeated(times, || (1..times).try_fold(act()?, |_, _| act()))
        })
    }
}

/// The samples of one side, in the order of the rounds.
pub struct Standing {
    name: String,
    times: Vec<Duration>,
    running: Vec<Duration>,
    sent: Option<usize>,
}

impl Standing {
    /// The median of the rounds' ratios: the two samples of a round were taken one soon after the other.
    pub fn to(&self, other: &Self) -> f64 {
        ratio(&self.times, &other.times)
    }

    /// The same of the times for which the threads were running.
    pub fn running_to(&self, other: &Self) -> f64 {
        ratio(&self.running, &other.running)
    }

    /// The ratio of the least disturbed samples.
    fn least_to(&self, other: &Self) -> f64 {
        let least = |standing: &Self| standing.times.iter().min().map_or(f64::NAN, Duration::as_secs_f64);
        least(self) / least(other)
    }
}

fn ratio(one: &[Duration], other: &[Duration]) -> f64 {
    let ratios = one.iter().zip(other).map(|(one, other)| one.as_secs_f64() / other.as_secs_f64());
    let mut ratios: Vec<f64> = ratios.collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Takes a sample of every side in each round, A B C, the next time B C A: no side always comes when a neighbour's slice
/// of time ends.
pub fn race(mut sides: Vec<Side<'_>>, rounds: usize) -> Answer<Vec<Standing>> {
    let mut standings = Vec::new();
    for side in &mut sides {
        // Its time is not counted: caches and files are filled.
        let sent = (side.sample)()?.sent;
        standings.push(Standing { name: side.name.clone(), times: Vec::new(), running: Vec::new(), sent });
    }
    for round in 0..rounds {
        for turn in 0..sides.len() {
            let at = (round + turn) % sides.len();
            let sample = (sides[at].sample)()?;
            standings[at].times.push(sample.time);
            standings[at].running.extend(sample.running);
        }
    }
    Ok(standings)
}

/// Prints how every side stands to one of them.
pub fn print(title: &str, standings: &[Standing], reference: &Standing) {
    println!("\n{title}; {} rounds", reference.times.len());
    let [median, least, most, sent] = ["median", "min", "max", "sent"];
    let ratios = ["ratio", "of min", "running"];
    println!("  {:<32}{median:>13}{least:>13}{most:>13}{sent:>8}{:>9}{:>9}{:>9}", "", ratios[0], ratios[1], ratios[2]);
    for standing in standings {
        let mut times = standing.times.clone();
        times.sort();
        let times = [times[times.len() / 2], times[0], times[times.len() - 1]];
        let [median, least, most] = times.map(|time| format!("{:.1} us", time.as_secs_f64() * 1e6));
        let sent = standing.sent.map_or_else(|| "?".to_owned(), |sent| sent.to_string());
        let ratios = [standing.to(reference), standing.least_to(reference), standing.running_to(reference)];
        let told = |ratio: f64| if ratio.is_nan() { "-".to_owned() } else { format!("{ratio:.3}") };
        let [ratio, of_least, running] = ratios.map(told);
        println!(
            "  {:<32}{median:>13}{least:>13}{most:>13}{sent:>8}{ratio:>9}{of_least:>9}{running:>9}",
            standing.name
        );
    }
}

/// Says whether a ratio is what it should be.
pub fn goal(what: &str, ratio: f64, at_most: f64) {
    let met = if ratio <= at_most { "met" } else { "MISSED" };
    println!("  {what}: {ratio:.3}, goal at most {at_most:.3}: {met}");
}

/// Says whether one side sent no more than it should besides what another one did.
pub fn goal_sent(what: &str, one: &Standing, other: &Standing, times: usize, at_most: f64) {
    if let (Some(one), Some(other)) = (one.sent, other.sent) {
        let more = (one as f64 - other as f64) / times as f64;
        let met = if more <= at_most { "met" } else { "MISSED" };
        println!("  {what}: {more:.2}, goal at most {at_most:.0}: {met}");
    }
}
