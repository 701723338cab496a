//! BRL on turmoil: one host, a task for each job, the tick that suits it best.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use super::brl::Job;

/// The check sum. `tick` is in seconds.
pub fn run(jobs: u64, most: u64, tick: u64) -> u64 {
    let mut simulation = turmoil::Builder::new()
        .tick_duration(Duration::from_secs(tick))
        .simulation_duration(Duration::from_secs(1 << 40))
        .rng_seed(0)
        .build();
    let sum = Rc::new(Cell::new(0u64));
    let total = Rc::clone(&sum);
    simulation.client("jobs", async move {
        let begin = tokio::time::Instant::now();
        let tasks = (0..jobs).map(|number| tokio::task::spawn_local(play(number, most, begin)));
        for task in tasks.collect::<Vec<_>>() {
            total.set(total.get().wrapping_add(task.await?));
        }
        Ok(())
    });
    simulation.run().expect("it ends");
    sum.get()
}

async fn play(number: u64, most: u64, begin: tokio::time::Instant) -> u64 {
    let mut job = Job::new(number);
    let mut total = 0u64;
    loop {
        tokio::time::sleep_until(begin + Duration::from_millis(job.due)).await;
        let (sum, again) = job.expire(most);
        total = total.wrapping_add(sum);
        if !again {
            assert!(job.is_sound());
            return total;
        }
    }
}
