//! BRL on madsim: a task for each job, on one runtime. The bench suite runs this as a process of
//! its own: `bitsim-bench-madsim JOBS RETRIES RUNS`.

#[allow(dead_code)]
#[path = "../../src/retries/brl.rs"]
mod brl;
#[allow(dead_code)]
#[path = "../../src/child.rs"]
mod child;

use brl::Job;
use madsim::runtime::Runtime;
use madsim::time::{Instant, sleep_until};
use std::time::Duration;

fn main() {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|n| n.parse().ok()).collect();
    let [jobs, most, runs] = *numbers.as_slice() else { panic!("JOBS RETRIES RUNS") };
    let mut sum = 0;
    let clock = child::Clock::start();
    for _ in 0..runs {
        sum = Runtime::new().block_on(all(jobs, most));
    }
    let measured = clock.stop(jobs * most * runs, format!("{sum:016x}")).with("runs", runs);
    print!("{}", measured.to_lines());
}

async fn all(jobs: u64, most: u64) -> u64 {
    let begin = Instant::now();
    let tasks: Vec<_> =
        (0..jobs).map(|number| madsim::task::spawn(play(number, most, begin))).collect();
    let mut total = 0u64;
    for task in tasks {
        total = total.wrapping_add(task.await.expect("a task ends"));
    }
    total
}

async fn play(number: u64, most: u64, begin: Instant) -> u64 {
    let mut job = Job::new(number);
    let mut total = 0u64;
    loop {
        sleep_until(begin + Duration::from_millis(job.due)).await;
        let (sum, again) = job.expire(most);
        total = total.wrapping_add(sum);
        if !again {
            assert!(job.is_sound());
            return total;
        }
    }
}
