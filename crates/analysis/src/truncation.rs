//! What a kernel table of few words leaves of the fields: crosstalk, and how many patterns take part.
//!
//! At a cue of pattern `nu`, with the words `k` and their index the distance, less that of the nearest pattern where the table
//! counts from there, the field of neuron i is `h_i = sum_mu alpha_mu,i k_mu`. Its part `alpha_nu,i k_nu` is the signal, all
//! else is crosstalk.

use crate::{AnalysisError, CueConfig};
use klr_model::form::{WordsError, kernel_words};
use klr_model::{KlrModel, Streams};
use klr_units::{Bits, TableForm};
use std::num::NonZeroUsize;

/// Fields through the first words of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncated {
    /// Words of the table that are there: beyond them all are 0.
    pub window: usize,
    /// Patterns whose word is not 0, mean over the cues: the packets of one look at a state.
    pub active: f64,
    /// The root of the mean square of crosstalk, over the mean of the signal `xi_nu,i alpha_nu,i k_nu`, over cues and neurons;
    /// `None` where there is no signal at all.
    pub crosstalk: Option<f64>,
}

/// Sums of one cue at one window.
#[derive(Clone, Copy, Default)]
struct Sums {
    active: f64,
    signal: f64,
    power: f64,
}

/// The fields of `model` at `cues` through the first words of its table of `bits` in `form`, for each of `windows`, ascending.
/// The result does not depend on `threads`.
///
/// # Errors
/// [`WordsError`] in the inner result if the kernel has no such table, [`AnalysisError`] if the cues cannot be made.
pub fn truncations(
    model: &KlrModel,
    cues: &CueConfig,
    (bits, form): (Bits, TableForm),
    windows: &[usize],
    streams: Streams,
    threads: NonZeroUsize,
) -> Result<Result<Vec<Truncated>, WordsError>, AnalysisError> {
    let words = match kernel_words(model.kernel(), model.n(), bits, form, None) {
        Ok(words) => words,
        Err(error) => return Ok(Err(error)),
    };
    let words: Vec<f64> = words.into_iter().map(f64::from).collect();
    let patterns = model.patterns();
    let of_cue = |cue: crate::NoisyPattern| {
        let distances = patterns.distances(&cue.state);
        let own = (0..patterns.p()).find(|&mu| patterns.row_words(mu) == cue.pattern.words());
        let origin = match form {
            TableForm::Absolute => 0,
            TableForm::NearestRelative => distances.iter().copied().min().unwrap_or(0),
        };
        let mut near: Vec<(usize, usize)> =
            distances.iter().enumerate().map(|(mu, &d)| ((d - origin) as usize, mu)).collect();
        near.sort_unstable();
        let signs: Vec<f64> = cue.pattern.signs().map(f64::from).collect();
        let (mut signal, mut crosstalk) = (vec![0.0; model.n()], vec![0.0; model.n()]);
        let (mut next, mut active) = (0, 0);
        let sums = windows.iter().map(|&window| {
            while let Some(&(index, mu)) = near.get(next).filter(|(index, _)| *index < window) {
                next += 1;
                let word = words[index];
                if word == 0.0 {
                    continue;
                }
                active += 1;
                let part = if Some(mu) == own { &mut signal } else { &mut crosstalk };
                for (i, (part, sign)) in part.iter_mut().zip(&signs).enumerate() {
                    *part += sign * model.alpha(mu, i) * word;
                }
            }
            Sums {
                active: f64::from(active),
                signal: signal.iter().sum(),
                power: crosstalk.iter().map(|x| x * x).sum(),
            }
        });
        sums.collect::<Vec<_>>()
    };
    let all = cues.for_each(model, streams, threads, of_cue)?;
    let count = f64::from(cues.count);
    let at = |(place, &window): (usize, &usize)| {
        let sum = |part: fn(&Sums) -> f64| all.iter().map(|sums| part(&sums[place])).sum::<f64>();
        let fields = count * model.n() as f64;
        let signal = sum(|sums| sums.signal) / fields;
        let crosstalk = (signal != 0.0).then(|| (sum(|sums| sums.power) / fields).sqrt() / signal.abs());
        Truncated { window, active: sum(|sums| sums.active) / count, crosstalk }
    };
    Ok(Ok(windows.iter().enumerate().map(at).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use klr_model::{Kernel, NoiseModel, PatternSet};

    /// Patterns 0, 1 and 3 bits from the first of four; `alpha = xi`, no noise, words 3, 2, 1, 1 for exp(-0.4 d).
    #[test]
    fn three_patterns_by_hand() {
        let signs = [[1, 1, 1, 1], [1, 1, 1, -1], [1, -1, -1, -1]].concat();
        let model = KlrModel::untrained(
            PatternSet::from_signs(4, &signs).expect("patterns"),
            Kernel::rbf(0.1).expect("a width"),
        );
        let bits = Bits::new(2).expect("2 bits");
        assert_eq!(
            kernel_words(model.kernel(), 4, bits, TableForm::Absolute, None).expect("words"),
            [3, 2, 1, 1, 1]
        );
        let cues = CueConfig { count: 40, noise: 0.0, model: NoiseModel::Exact };
        let find = |windows: &[usize], form| {
            let one = NonZeroUsize::MIN;
            truncations(&model, &cues, (bits, form), windows, Streams::new(1), one)
                .expect("cues")
                .expect("words")
        };
        let found = find(&[1, 2, 4], TableForm::Absolute);
        assert_eq!((found[0].active, found[0].crosstalk), (1.0, Some(0.0)), "nothing but the pattern");
        // Distances are 1, 2 and 3. Within 2 words: cues of the first two patterns see each other, the third sees nobody.
        let share = found[1].active - 1.0;
        assert!(share > 0.3 && share < 1.0, "of 40 cues: {share}");
        // The other adds 2 to every neuron, with the sign against the pattern in one: 4 in power of each such cue.
        let expected = (4.0 * share).sqrt() / 3.0;
        assert!((found[1].crosstalk.expect("a signal") - expected).abs() < 1e-12, "{found:?}");
        assert_eq!(found[2].active, 3.0, "everybody within 3");
        assert_eq!(
            find(&[1, 2, 4], TableForm::NearestRelative),
            found,
            "a cue of a pattern is nearest to it, at 0"
        );
    }
}
