//! Independent items on several threads, results in the order of the items whatever the threads did.

use crossbeam_channel::unbounded;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// `job(0), job(1), .. job(count - 1)` in this order, computed on `threads` threads; `done` is called on the calling
/// thread after each result. A job is a pure function of its index, so the number of threads changes nothing.
///
/// # Errors
/// The error of the lowest index that failed.
pub fn map<T: Send, E: Send>(
    count: usize,
    threads: NonZeroUsize,
    job: impl Fn(usize) -> Result<T, E> + Sync,
    mut done: impl FnMut(),
) -> Result<Vec<T>, E> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = unbounded();
    let mut results: Vec<Option<Result<T, E>>> = std::iter::repeat_with(|| None).take(count).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.get().min(count) {
            let (sender, next, job) = (sender.clone(), &next, &job);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count || sender.send((index, job(index))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (index, result) in receiver {
            results[index] = Some(result);
            done();
        }
    });
    results.into_iter().map(|result| result.expect("every index was sent once")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_at_any_number_of_threads() {
        for threads in 1..5 {
            let threads = NonZeroUsize::new(threads).unwrap();
            let mut calls = 0;
            let squares = map(100, threads, |i| Ok::<_, ()>(i * i), || calls += 1).unwrap();
            assert_eq!(squares, (0..100).map(|i| i * i).collect::<Vec<_>>(), "{threads} threads");
            assert_eq!(calls, 100, "{threads} threads: one call per result");
        }
    }

    #[test]
    fn the_first_error_by_index_is_reported() {
        let threads = NonZeroUsize::new(3).unwrap();
        let result = map(50, threads, |i| if i % 20 == 19 { Err(i) } else { Ok(i) }, || ());
        assert_eq!(result, Err(19), "19 and 39 fail");
    }
}
