//! Waiting for a lock: many attempts, each at once over, with a pause between them.

use std::hash::{BuildHasher, RandomState};
use std::thread;
use std::time::{Duration, Instant};

use super::options::Options;
use crate::connection::{Attempt, Database, Lease, Limits};
use crate::error::{Error, ErrorKind, Result};
use crate::event::Event;

/// Attempts until the lock is got, or the caller's limit is over; the lease, where one is to be renewed.
///
/// A lock that is held is a sign of life where the database gives it back when its holder's session ends, as all three
/// do: so a waiter waits while somebody is seen to hold it, however long the work takes.
pub(super) fn for_lock(
    database: &mut dyn Database,
    options: &Options,
    mut attempt: impl FnMut(&mut dyn Database, &Limits) -> Result<Attempt>,
) -> Result<Option<Lease>> {
    let since = Instant::now();
    let mut alive = since;
    let mut told = false;
    for round in 0.. {
        let holder = match attempt(database, &options.limits)? {
            Attempt::Acquired => return Ok(None),
            Attempt::Leased(lease) => return Ok(Some(lease)),
            Attempt::Busy(holder) => holder,
        };
        options.stop.refuse()?;
        if holder.is_some() {
            alive = Instant::now();
        }
        let gave_up = options.give_up_after.is_some_and(|limit| since.elapsed() >= limit);
        if gave_up || alive.elapsed() >= options.lock_timeout {
            return Err(not_got(since.elapsed(), holder));
        }
        if !std::mem::replace(&mut told, true) {
            options.observers.tell(&Event::WaitingForLock { holder });
        }
        thread::sleep(pause(round));
        alive = until_free(database, options, round, (since, alive))?;
    }
    Ok(None)
}

/// Looks, one light query each time, as long as somebody is seen to hold it; when somebody last was.
fn until_free(
    database: &mut dyn Database,
    options: &Options,
    round: u32,
    (since, mut alive): (Instant, Instant),
) -> Result<Instant> {
    for look in round.. {
        let gave_up = options.give_up_after.is_some_and(|limit| since.elapsed() >= limit);
        if gave_up || database.lock_holder()?.is_none() {
            break;
        }
        options.stop.refuse()?;
        alive = Instant::now();
        thread::sleep(pause(look));
    }
    Ok(alive)
}

/// 20 ms at first, up to a second, a random part of it more, so that waiters do not move in step.
fn pause(round: u32) -> Duration {
    let base = (20 * 2_u64.pow(round.min(6))).min(1_000);
    let jitter = RandomState::new().hash_one(round) % (base / 4).max(20);
    Duration::from_millis(base + jitter)
}

fn not_got(waited: Duration, holder: Option<String>) -> Error {
    let holder = holder.unwrap_or_else(|| "another process".to_owned());
    Error::new(ErrorKind::LockTimeout, format!("the migration lock was not got in {waited:.1?}: {holder} holds it"))
        .state("nothing was written by this run since")
        .remedy_told(|reader| format!("wait for it and start again, or raise {}", reader.setting(".give_up_after(..)")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_for_long_asks_once_a_second_at_most() {
        for round in 6..20 {
            assert!((1_000..=1_250).contains(&pause(round).as_millis()), "{round}");
        }
        assert!(pause(0) < Duration::from_millis(50));
    }
}
