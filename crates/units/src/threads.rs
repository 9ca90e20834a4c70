//! Ordered threads: independent items on several threads, results in the order of the items whatever the threads did.

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError, mpsc};

/// Runs of items that a thread takes, at least, so that threads end together.
const RUNS_PER_THREAD: usize = 32;
/// The most items in a run.
const LONGEST_RUN: usize = 16;
/// Results that wait to be folded, at most: few enough to take no room, many enough that threads seldom wait for the last.
const WINDOW: usize = 1024;

/// `work` of every item, computed on `threads` threads; the results in the order of the items.
///
/// Work is a function of its item alone, so the number of threads changes no result. An idle thread takes the next items,
/// so items may differ in length. One thread, or one item, is worked on by the caller itself.
///
/// ```
/// use klr_units::threads::map_in_order;
/// use std::num::NonZeroUsize;
///
/// let two = NonZeroUsize::new(2).unwrap();
/// assert_eq!(map_in_order(vec!["a", "bc", "def"], two, str::len), [1, 2, 3]);
/// ```
pub fn map_in_order<I: Send, R: Send>(
    items: Vec<I>,
    threads: NonZeroUsize,
    work: impl Fn(I) -> R + Sync,
) -> Vec<R> {
    map_in_order_watched(items, threads, work, || ())
}

/// As [`map_in_order`]; `done` is called on the calling thread after each result.
pub fn map_in_order_watched<I: Send, R: Send>(
    items: Vec<I>,
    threads: NonZeroUsize,
    work: impl Fn(I) -> R + Sync,
    mut done: impl FnMut(),
) -> Vec<R> {
    let (count, workers) = (items.len(), threads.get().min(items.len()));
    if workers <= 1 {
        return items.into_iter().map(work).inspect(|_| done()).collect();
    }
    // Short items in runs, so that handing them out costs little; long lists only, so that no thread is left with many.
    let run = (count / (workers * RUNS_PER_THREAD)).clamp(1, LONGEST_RUN);
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || -> Vec<(usize, I)> {
        queue.lock().unwrap_or_else(PoisonError::into_inner).by_ref().take(run).collect()
    };
    let (sender, receiver) = mpsc::channel();
    let mut results: Vec<Option<R>> = std::iter::repeat_with(|| None).take(count).collect();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let results: Vec<_> =
                        next().into_iter().map(|(index, item)| (index, work(item))).collect();
                    if results.is_empty() || sender.send(results).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (index, result) in receiver.into_iter().flatten() {
            results[index] = Some(result);
            done();
        }
    });
    results.into_iter().map(|result| result.expect("every item was worked on once")).collect()
}

/// `work` of 0 to `count - 1`, computed on `threads` threads and folded into `folded` in that order: a result is gone once it
/// is folded, so that many take no more room than a thousand. `done` is called on the calling thread after each result.
///
/// # Errors
/// The first error of `work` by index; what comes more than a thousand indices later is not worked on then.
pub fn fold_in_order_watched<R: Send, E: Send, F>(
    count: usize,
    threads: NonZeroUsize,
    work: impl Fn(usize) -> Result<R, E> + Sync,
    mut folded: F,
    mut fold: impl FnMut(&mut F, usize, R),
    mut done: impl FnMut(),
) -> Result<F, E> {
    for start in (0..count).step_by(WINDOW) {
        let indices: Vec<usize> = (start..count.min(start + WINDOW)).collect();
        for (index, result) in (start..).zip(map_in_order_watched(indices, threads, &work, &mut done)) {
            fold(&mut folded, index, result?);
        }
    }
    Ok(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_at_any_number_of_threads() {
        for count in [0, 1, 7, 100, 3001] {
            for threads in 1..6 {
                let threads = NonZeroUsize::new(threads).unwrap();
                let mut calls = 0;
                let squares = map_in_order_watched((0..count).collect(), threads, |i| i * i, || calls += 1);
                assert_eq!(squares, (0..count).map(|i| i * i).collect::<Vec<_>>(), "{threads} threads");
                assert_eq!(calls, count, "{threads} threads: one call per result");
            }
        }
    }

    #[test]
    fn a_fold_sees_every_index_in_order_and_stops_at_the_first_error() {
        for threads in 1..4 {
            let threads = NonZeroUsize::new(threads).unwrap();
            let push = |all: &mut Vec<usize>, index: usize, square: usize| {
                assert_eq!(square, index * index, "index {index}");
                all.push(index);
            };
            for count in [0, 1, WINDOW, 2 * WINDOW + 3] {
                let mut calls = 0;
                let square = |i| Ok::<_, ()>(i * i);
                let all = fold_in_order_watched(count, threads, square, Vec::new(), push, || calls += 1);
                assert_eq!((all, calls), (Ok((0..count).collect()), count), "{count} indices");
            }
            let work = |i: usize| if i % WINDOW == 9 { Err(i) } else { Ok(i * i) };
            let all = fold_in_order_watched(3 * WINDOW, threads, work, Vec::new(), push, || ());
            assert_eq!(all, Err(9), "9, 1033 and 2057 fail");
        }
    }

    #[test]
    fn items_may_be_parts_of_one_slice() {
        let mut values = [1, 2, 3, 4, 5];
        let two = NonZeroUsize::new(2).unwrap();
        let sums: Vec<i32> = map_in_order(values.chunks_mut(2).collect(), two, |part| {
            part.iter_mut().for_each(|value| *value += 1);
            part.iter().sum()
        });
        assert_eq!((sums, values), (vec![5, 9, 6], [2, 3, 4, 5, 6]), "each part by one thread");
    }

    #[test]
    fn the_first_error_by_index_is_reported() {
        let threads = NonZeroUsize::new(3).unwrap();
        let work = |i| if i % 20 == 19 { Err(i) } else { Ok(i) };
        let result: Result<Vec<i32>, i32> =
            map_in_order((0..50).collect(), threads, work).into_iter().collect();
        assert_eq!(result, Err(19), "19 and 39 fail");
    }
}
