//! `klr verify`: the certificates of an image, checked from the image alone.

use crate::cli::processors;
use crate::error::CliError;
use crate::terminal::{Answer, print};
use clap::Args;
use klr_experiments::pipeline::Run;
use klr_image::codec::ImageFileError;
use klr_image::proof::{Budget, Certificates, file, verify};
use klr_image::{CoreImage, codec};
use klr_units::text::wrap;
use klr_units::{Digest, text};
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// Where the second column begins.
const INDENT: usize = 12;

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// An image written by `klr sim --out`.
    image: PathBuf,
    /// Its certificates. [default: beside the image, with the ending .certificates]
    #[arg(long, value_name = "FILE")]
    certificates: Option<PathBuf>,
    /// The noise at which the certified share is shown: neurons of a cue that differ from the pattern.
    #[arg(long, value_name = "FLIPS")]
    flips: Option<u32>,
}

/// The certificates of the image of `run`, which has them from now on, as a file of it: its name and its bytes.
pub(crate) fn certified(run: &mut Run, threads: usize) -> Result<(String, Vec<u8>), CliError> {
    let threads = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
    let bytes = file::encode(run.certify(threads)?).map_err(ImageFileError::from)?;
    Ok(("image.certificates".to_owned(), bytes))
}

impl Verify {
    pub(crate) fn run(&self) -> Result<Answer, CliError> {
        let image = codec::load(&self.image)?;
        let digest = Digest::of(&klr_units::file::read(&self.image)?);
        let path = self.certificates.clone().unwrap_or_else(|| file::beside(&self.image));
        let certificates = file::load(&path)?;
        let threads = NonZeroUsize::new(processors()).unwrap_or(NonZeroUsize::MIN);
        if let Err(refuted) = verify(&image, &digest, &certificates, threads) {
            print(&wrap(&row("refuted"), INDENT, &refuted.to_string()))?;
            return Ok(Answer::Differs);
        }
        print(&self.told(&image, &certificates))?;
        Ok(Answer::Met)
    }

    fn told(&self, image: &CoreImage, certificates: &Certificates) -> String {
        let core = format!("{} patterns of {} neurons, SHA-256 {}", image.p(), image.n(), certificates.image);
        let mut told = wrap(&row("image"), INDENT, &core);
        for (key, value) in image.provenance().entries() {
            told += &wrap(&row("made with"), INDENT, &format!("{key}: {value}"));
        }
        told += &wrap(&row("overflow"), INDENT, &overflow(image, certificates));
        told += &wrap(&row("radius"), INDENT, &radii(certificates));
        told += &wrap(&row(""), INDENT, &beyond(certificates));
        if let Some(flips) = self.flips {
            let share = text::percent(certificates.certified_at(flips), 1);
            told += &wrap(
                &row(""),
                INDENT,
                &format!("every cue with up to {flips} flips: {share} of the patterns"),
            );
        }
        for (memory, budget) in certificates.faults.by_memory() {
            let name = format!("{}: {}", memory.capacity(), budget_text(budget));
            told += &wrap(&row("faults"), INDENT, &name);
        }
        told += &wrap(&row(""), INDENT, &format!("any of these: {}", together(certificates)));
        told += &wrap(&row("protection"), INDENT, &protection(certificates));
        told + &row("verified") + "every claim holds\n"
    }
}

fn row(name: &str) -> String {
    format!("{name:INDENT$}")
}

fn overflow(image: &CoreImage, certificates: &Certificates) -> String {
    let claim = &certificates.overflow;
    format!(
        "no sum of any state is beyond {}, which {} bits hold, and one reaches {}, which takes {}; the core has {}. \
         Counters: {} bits, and no fewer",
        claim.at_most,
        claim.accumulator_bits,
        claim.reached,
        klr_units::fixed::signed_width(claim.reached),
        image.geometry().accumulator_bits(),
        claim.counter_bits,
    )
}

/// How many patterns have each certified radius.
fn radii(certificates: &Certificates) -> String {
    let counts = certificates.radius_counts();
    let of_radius = counts.iter().enumerate().skip(1).filter(|&(_, &count)| count > 0);
    let list: Vec<String> = of_radius.map(|(at, count)| format!("{}: {count}", at - 1)).collect();
    format!(
        "patterns by the flips of a cue that one step, or one sweep, always corrects: {}; not kept: {}",
        if list.is_empty() { "none".to_owned() } else { list.join(", ") },
        counts[0]
    )
}

/// How near the cues are that are not corrected.
fn beyond(certificates: &Certificates) -> String {
    let radii = &certificates.radii;
    let exact = radii.iter().filter(|radius| radius.is_exact()).count();
    let mut falsified: Vec<usize> = radii.iter().filter_map(|radius| radius.falsified()).collect();
    falsified.sort_unstable();
    let nearest = match (falsified.first(), falsified.get(falsified.len() / 2), falsified.last()) {
        (Some(least), Some(middle), Some(most)) => {
            format!("cues that are not corrected: {least} to {most} flips away, {middle} in the median")
        }
        _ => "no cue was found that is not corrected".to_owned(),
    };
    format!("{nearest}; no larger radius is possible for {exact} of {} patterns", radii.len())
}

fn budget_text(budget: &Budget) -> String {
    let harmless = budget.harmless.map_or("any number of flipped bits".to_owned(), bits);
    let unfixes = match &budget.falsifier {
        Some(fault) => format!("{} found that unfix pattern {}", fault.flips.len(), fault.pattern),
        None => "none found that unfix a pattern".to_owned(),
    };
    format!("{harmless} unfix no pattern; {unfixes}")
}

fn bits(count: u32) -> String {
    if count == 1 { "any 1 flipped bit".to_owned() } else { format!("any {count} flipped bits") }
}

fn together(certificates: &Certificates) -> String {
    let faults = &certificates.faults;
    let harmless = faults.harmless().map_or("any number of flipped bits".to_owned(), bits);
    let unfixes = faults.unfixes().map_or("none found that unfix a pattern".to_owned(), |count| {
        format!("{count} found that unfix one")
    });
    format!("{harmless} unfix no pattern; {unfixes}")
}

/// What a code over the words of a memory buys.
fn protection(certificates: &Certificates) -> String {
    let faults = &certificates.faults;
    let weak: Vec<&str> = faults
        .by_memory()
        .into_iter()
        .filter(|(_, budget)| budget.harmless == Some(0))
        .map(|(memory, _)| memory.capacity())
        .collect();
    let where_to =
        if weak.is_empty() { "none has to have it for one flip".to_owned() } else { weak.join(", ") };
    format!(
        "a code that corrects one flip per word, or three copies and a vote, makes any 1 flip harmless in the memory that \
         has it, and 2 flips in one word the fewest that are not; by the above: {where_to}"
    )
}
