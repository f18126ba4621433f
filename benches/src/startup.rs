//! A start with nothing pending.

use crate::Answer;
use crate::connection;
use crate::peer::{self, Body, Cold, DieselMigrations, Migrations, Peer};
use crate::place::{Database, Engine, Place};
use crate::project;
use crate::race::{Side, Standing, goal, print, race};

const ROUNDS: usize = 100;
const SIZES: [usize; 3] = [10, 1_000, 10_000];

const OURS: [&dyn Peer; 3] = [&Migrations(Body::Sql), &Cold, &DieselMigrations];
const BARE: [&str; 2] = ["SELECT max(version)", "SELECT count(*)"];

/// Where they stand among the sides of one size.
const MIGRATOR: usize = 0;
const DIESEL: usize = 2;
const COUNT: usize = 4;

pub fn run(places: &[Place], others: &[&dyn Peer], rounds: Option<usize>) -> Answer<()> {
    for place in places {
        let peers = peer::of(&OURS, others, place);
        let sizes = sizes();
        let mut databases = Vec::new();
        for _ in 0..sizes.len() * peers.len() {
            databases.push(place.fresh()?);
        }
        let mut sides = Vec::new();
        for (size, databases) in sizes.iter().zip(databases.chunks(peers.len())) {
            sides.extend(sides_of(&peers, *size, databases)?);
        }
        // One race, so that what the sizes cost can be compared too.
        let standings = race(sides, rounds.unwrap_or(ROUNDS))?;
        let standings: Vec<_> = standings.chunks(peers.len() + BARE.len()).collect();
        for (size, standings) in sizes.iter().zip(&standings) {
            told(place, *size, standings);
        }
        if let [.., before, after] = standings[..] {
            let growth = |side: usize| after[side].to(&before[side]);
            println!("  grown since: migrator {:.2}, diesel_migrations {:.2}", growth(MIGRATOR), growth(DIESEL));
            goal("growth of migrator, and of SELECT count(*)", growth(MIGRATOR), growth(COUNT));
        }
    }
    Ok(())
}

/// BENCH_SIZES=10,1000 measures these only.
fn sizes() -> Vec<usize> {
    let asked = std::env::var("BENCH_SIZES").unwrap_or_default();
    let asked: Vec<usize> = asked.split(',').filter_map(|size| size.parse().ok()).collect();
    if asked.is_empty() { SIZES.to_vec() } else { asked }
}

/// A database for each peer, filled by it.
fn sides_of<'a>(peers: &[&dyn Peer], size: usize, databases: &'a [Database<'a>]) -> Answer<Vec<Side<'a>>> {
    let steps = project::idle(size);
    let mut sides = Vec::new();
    for (at, (peer, database)) in peers.iter().zip(databases).enumerate() {
        let mut filling = peer.start(database, &steps)?;
        peer::run(&mut *filling, size)?;
        let mut application = peer.start(database, &steps)?;
        let name = peer.name().replace(", SQL text", "");
        sides.push(Side::repeated(name, move || peer::act(&mut *application, 0)));
        if at + 1 == OURS.len() {
            sides.extend(bare(&databases[MIGRATOR])?);
        }
    }
    Ok(sides)
}

fn bare<'a>(database: &'a Database<'a>) -> Answer<Vec<Side<'a>>> {
    let mut sides = Vec::new();
    for bare in BARE {
        let (mut conn, sent) = connection::counted(database)?;
        let query = format!("{bare} FROM __diesel_schema_migrations");
        sides.push(Side::repeated(bare, move || {
            let before = sent.so_far();
            conn.read(&query)?;
            Ok(Some(sent.so_far() - before))
        }));
    }
    Ok(sides)
}

fn told(place: &Place, size: usize, standings: &[Standing]) {
    print(&format!("startup, {}, {size} applied", place.name), standings, &standings[DIESEL]);
    let goals = match place.engine {
        Engine::Sqlite => Some(1.0 / 8.0),
        Engine::Postgres => Some(1.0 / 4.0),
        Engine::MariaDb => None,
    };
    if let Some(at_most) = goals.filter(|_| size == 1_000) {
        goal("migrator to diesel_migrations", standings[MIGRATOR].to(&standings[DIESEL]), at_most);
    }
}
