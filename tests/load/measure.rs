//! A closed loop: each connection asks again as soon as it was answered.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

/// What a loop came to.
pub struct Figures {
    pub per_second: f64,
    pub p50: Duration,
    pub p99: Duration,
    pub errors: u64,
    /// How many operations, warming up included.
    pub count: u64,
    /// The processor time that the server spent on each, microseconds, where it was asked.
    pub processor: Option<f64>,
}

impl Figures {
    /// With the server's processor time for each operation, of `spent` in all.
    pub fn costing(mut self, spent: Duration) -> Self {
        let count = u32::try_from(self.count).unwrap_or(u32::MAX);
        self.processor = Some(spent.as_secs_f64() * 1e6 / f64::from(count.max(1)));
        self
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        let processor = self.processor.map(|spent| format!("{spent:.0}")).unwrap_or_default();
        write!(
            f,
            "{:>9.0} | {:>8.2} | {:>8.2} | {processor:>6} | {:>4}",
            self.per_second,
            ms(self.p50),
            ms(self.p99),
            self.errors
        )
    }
}

/// Runs `open`'s operations on so many threads for so long, after a tenth of that to warm up. An operation says whether it
/// did what it should.
pub fn closed_loop<O: FnMut() -> bool>(clients: usize, length: Duration, open: impl Fn(usize) -> O + Sync) -> Figures {
    let (errors, count, together) = (AtomicU64::new(0), AtomicU64::new(0), Barrier::new(clients));
    let one = |number: usize| {
        let mut operation = open(number);
        let mut times = Histogram::<u64>::new(3).expect("a histogram");
        together.wait();
        let begun = Instant::now();
        while begun.elapsed() < length / 10 {
            operation();
            count.fetch_add(1, Ordering::Relaxed);
        }
        let begun = Instant::now();
        while begun.elapsed() < length {
            let asked = Instant::now();
            let is_well = operation();
            count.fetch_add(1, Ordering::Relaxed);
            // Not `saturating_record`, which does not let the histogram grow.
            times.record(u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX)).expect("it grows");
            if !is_well {
                errors.fetch_add(1, Ordering::Relaxed);
            }
        }
        (times, begun.elapsed())
    };
    let mut all = Histogram::<u64>::new(3).expect("a histogram");
    let mut per_second = 0.0;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|number| {
                scope.spawn({
                    let one = &one;
                    move || one(number)
                })
            })
            .collect();
        for thread in threads {
            let (times, took) = thread.join().expect("a client");
            let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
            per_second += f64::from(count) / took.as_secs_f64();
            all.add(times).expect("alike");
        }
    });
    let at = |quantile: f64| Duration::from_micros(all.value_at_quantile(quantile));
    Figures { per_second, p50: at(0.5), p99: at(0.99), errors: errors.into_inner(), count: count.into_inner(), processor: None }
}
