//! Do certificates agree with exhaustive enumeration, and does the checker refuse those that are wrong?
//!
//! Everything here is computed again by definition, on plain numbers: all states, all cues, and all sets of a few flips.

use klr_image::proof::{BitFlip, Budget, Certificates, Fault, file, verify};
use klr_image::{
    CoreImage, Geometry, GeometrySpec, KernelTable, PatternOrder, Signs, Sizing, Storage, TableForm, codec,
};
use klr_quantize::proof::certify;
use klr_units::{Bits, Digest, SignedFormat, State, WeightCoding};
use std::num::NonZeroUsize;

/// Random images.
const CASES: u64 = 2_400;

/// Sets of flips that are tried at each size.
const SETS: u64 = 4_000;

/// The generator `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, count: u64) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % count).expect("small")
    }
}

impl Random {
    fn small(&mut self, count: u64) -> u32 {
        u32::try_from(self.below(count)).expect("small")
    }

    fn word(&mut self, count: u64) -> u16 {
        u16::try_from(self.below(count)).expect("at most 16 bits")
    }
}

/// The words of a core as they stand in its memories.
#[derive(Clone, Debug)]
struct Words {
    n: usize,
    form: TableForm,
    weight_bits: u32,
    coding: WeightCoding,
    storage: Storage,
    kernel_bits: u32,
    table: Vec<u16>,
    columns: Vec<Vec<bool>>,
    rows: Vec<Vec<bool>>,
    /// What a weight word holds.
    codes: Vec<Vec<u16>>,
    /// The bits of a weight word: none for signs that the patterns hold.
    stored_bits: u32,
}

impl Words {
    fn weight(&self, nu: usize, i: usize) -> i64 {
        let code = i64::from(self.codes[nu][i]);
        let (bits, odd) = (self.weight_bits, self.coding == WeightCoding::Odd);
        let signed = |magnitude: i64, up: bool| if up { magnitude } else { -magnitude };
        if self.storage.shares_signs() {
            let by_row = self.storage.patterns != PatternOrder::Column;
            let up = (if by_row { &self.rows } else { &self.columns })[nu][i];
            return signed(if odd && bits > 1 { 2 * code + 1 } else { code }, up);
        }
        match self.coding {
            _ if bits == 1 => 2 * code - 1,
            WeightCoding::Odd => 2 * code + 1 - (1 << bits),
            WeightCoding::TwosComplement if code >= 1 << (bits - 1) => code - (1 << bits),
            WeightCoding::TwosComplement => code,
            WeightCoding::SignMagnitude | WeightCoding::Ternary => {
                signed(code % (1 << (bits - 1)), code < 1 << (bits - 1))
            }
        }
    }

    fn kernel(&self, s: &[bool]) -> Vec<i64> {
        let by_column = self.storage.patterns != PatternOrder::Row;
        let bits = if by_column { &self.columns } else { &self.rows };
        let far: Vec<usize> = bits.iter().map(|x| x.iter().zip(s).filter(|(a, b)| a != b).count()).collect();
        let nearest = far.iter().copied().min().expect("a pattern");
        let origin = if self.form == TableForm::Absolute { 0 } else { nearest };
        far.iter().map(|d| self.table.get(d - origin).map_or(0, |&k| i64::from(k))).collect()
    }

    fn field(&self, kernel: &[i64], i: usize) -> i64 {
        kernel.iter().enumerate().map(|(nu, k)| self.weight(nu, i) * k).sum()
    }

    fn step(&self, s: &[bool]) -> Vec<bool> {
        let kernel = self.kernel(s);
        let sign = |i| match self.field(&kernel, i) {
            0 => s[i],
            h => h > 0,
        };
        (0..self.n).map(sign).collect()
    }

    fn sweep(&self, s: &[bool]) -> Vec<bool> {
        let mut s = s.to_vec();
        for i in 0..self.n {
            match self.field(&self.kernel(&s), i) {
                0 => {}
                h => s[i] = h > 0,
            }
        }
        s
    }

    fn flip(&mut self, flip: BitFlip) {
        match flip {
            BitFlip::Weight { pattern, neuron, bit } => {
                self.codes[pattern as usize][neuron as usize] ^= 1 << bit;
            }
            BitFlip::Word { index, bit } => self.table[index as usize] ^= 1 << bit,
            BitFlip::Column { pattern, neuron } => self.columns[pattern as usize][neuron as usize] ^= true,
            BitFlip::Row { pattern, neuron } => self.rows[pattern as usize][neuron as usize] ^= true,
        }
    }

    /// All bits of weights, table and patterns.
    fn bits(&self) -> [Vec<BitFlip>; 3] {
        let p = u32::try_from(self.codes.len()).unwrap();
        let n = u32::try_from(self.n).unwrap();
        let cells = || (0..p).flat_map(move |pattern| (0..n).map(move |neuron| (pattern, neuron)));
        let narrow = |bit: u32| u8::try_from(bit).unwrap();
        let weights = cells().flat_map(|(pattern, neuron)| {
            (0..self.stored_bits).map(move |bit| BitFlip::Weight { pattern, neuron, bit: narrow(bit) })
        });
        let words = (0..u32::try_from(self.table.len()).unwrap()).flat_map(|index| {
            (0..self.kernel_bits).map(move |bit| BitFlip::Word { index, bit: narrow(bit) })
        });
        let order = self.storage.patterns;
        let columns = cells().map(|(pattern, neuron)| BitFlip::Column { pattern, neuron });
        let rows = cells().map(|(pattern, neuron)| BitFlip::Row { pattern, neuron });
        let patterns = columns.filter(|_| order.has_columns()).chain(rows.filter(|_| order.has_rows()));
        [weights.collect(), words.collect(), patterns.collect()]
    }
}

/// A small image and its words.
fn case(random: &mut Random) -> (CoreImage, Words) {
    let (n, p) = (1 + random.below(12), 1 + random.below(6));
    case_of(random, n, p)
}

fn case_of(random: &mut Random, n: usize, p: usize) -> (CoreImage, Words) {
    let form = [TableForm::Absolute, TableForm::NearestRelative][random.below(2)];
    let coding = WeightCoding::ALL[random.below(4)];
    let (weight_bits, kernel_bits) = (1 + random.small(4), 1 + random.small(5));
    let weight_bits = if coding == WeightCoding::Ternary { 2 } else { weight_bits };
    let patterns: Vec<Vec<bool>> = (0..p).map(|_| (0..n).map(|_| random.below(2) == 1).collect()).collect();
    let signs = Signs::ALL[random.below(2)];
    let storage = Storage { signs, patterns: PatternOrder::ALL[random.below(3)] };
    let most = if weight_bits == 1 { 1 } else { (1 << (weight_bits - 1)) - 1 };
    // Weights of three in four images follow the patterns.
    let follow = signs == Signs::InPatterns || random.below(2) == 0;
    let mut weight = |up: bool| {
        let size = match coding {
            _ if weight_bits == 1 => 1,
            WeightCoding::Odd => 2 * random.word(most + 1).cast_signed() + 1,
            _ => random.word(most + 1).cast_signed(),
        };
        let up = if follow { up } else { random.below(2) == 1 };
        if up { size } else { -size }
    };
    let weights: Vec<Vec<i16>> =
        patterns.iter().map(|pattern| pattern.iter().map(|&up| weight(up)).collect()).collect();
    let largest = (1u64 << kernel_bits) - 1;
    let mut table: Vec<u16> = (0..1 + random.below(n as u64 + 1)).map(|_| random.word(largest + 1)).collect();
    if random.below(4) > 0 {
        table.sort_unstable_by(|a, b| b.cmp(a));
    }
    table[0] = table[0].max(1);
    while table.last() == Some(&0) {
        table.pop();
    }
    let states: Vec<State> = patterns
        .iter()
        .map(|pattern| {
            State::from_signs(&pattern.iter().map(|&up| if up { 1 } else { -1 }).collect::<Vec<_>>()).unwrap()
        })
        .collect();
    let bits = |bits: u32| Bits::new(u8::try_from(bits).unwrap()).unwrap();
    let kernel = KernelTable::new(form, bits(kernel_bits), &table).unwrap();
    let open = ["pattern_bytes", "weight_bytes", "counter_bytes", "table_bytes"];
    let spec = GeometrySpec { accumulator_bits: 40, ..Geometry::tiny().spec() };
    let core = Sizing::new(spec, &open).unwrap().storing(storage);
    let format = SignedFormat::coded(bits(weight_bits), coding).unwrap();
    let image = CoreImage::new(core, &states, format, weights.concat(), kernel).unwrap();
    let mask = (1u16 << weight_bits) - 1;
    let code = |w: i16| match (signs, coding) {
        (Signs::InWeights, _) if weight_bits == 1 => u16::from(w > 0),
        (Signs::InPatterns, WeightCoding::Odd) if weight_bits > 1 => w.unsigned_abs() / 2,
        (Signs::InPatterns, _) => w.unsigned_abs(),
        (Signs::InWeights, WeightCoding::TwosComplement) => w.cast_unsigned() & mask,
        (Signs::InWeights, WeightCoding::Odd) => (w + mask.cast_signed()).unsigned_abs() / 2,
        (Signs::InWeights, _) if w < 0 => w.unsigned_abs() + mask.div_ceil(2),
        (Signs::InWeights, _) => w.unsigned_abs(),
    };
    let words = Words {
        n,
        form,
        weight_bits,
        coding,
        storage,
        kernel_bits,
        table,
        columns: patterns.clone(),
        rows: patterns,
        codes: weights.iter().map(|row| row.iter().map(|&w| code(w)).collect()).collect(),
        stored_bits: if signs == Signs::InPatterns { weight_bits - 1 } else { weight_bits },
    };
    (image, words)
}

fn every_state(n: usize) -> impl Iterator<Item = Vec<bool>> {
    (0..1u32 << n).map(move |s| (0..n).map(|i| s >> i & 1 == 1).collect())
}

fn largest_partial_sum(words: &Words) -> u64 {
    let sums = every_state(words.n).flat_map(|s| {
        let kernel = words.kernel(&s);
        let sum = move |i: usize, sign: i64| -> i64 {
            kernel.iter().enumerate().map(|(nu, k)| (sign * words.weight(nu, i) * k).max(0)).sum()
        };
        (0..words.n).map(move |i| sum(i, 1).max(sum(i, -1)))
    });
    sums.max().expect("a state").unsigned_abs()
}

/// The largest radius within which every cue is corrected, `None` if not even the pattern is kept: by step, by sweep.
fn true_radii(words: &Words) -> Vec<[Option<usize>; 2]> {
    let p = words.codes.len();
    // The nearest cue that is not corrected.
    let mut nearest = vec![[words.n + 1; 2]; p];
    for s in every_state(words.n) {
        let ends = [words.step(&s), words.sweep(&s)];
        for (pattern, nearest) in words.columns.iter().zip(&mut nearest) {
            let far = pattern.iter().zip(&s).filter(|(a, b)| a != b).count();
            for (nearest, end) in nearest.iter_mut().zip(&ends) {
                if end != pattern {
                    *nearest = far.min(*nearest);
                }
            }
        }
    }
    nearest.into_iter().map(|both| both.map(|nearest| nearest.checked_sub(1))).collect()
}

fn kept(words: &Words, patterns: &[Vec<bool>]) -> Vec<bool> {
    patterns.iter().map(|pattern| words.step(pattern) == *pattern).collect()
}

/// Whether any `size` of `bits` unfix a pattern; `None` if they are too many to try.
fn harms(words: &Words, bits: &[BitFlip], size: usize) -> Option<bool> {
    let sets = (0..size as u64).fold(1, |sets, k| sets * (bits.len() as u64).saturating_sub(k) / (k + 1));
    let patterns = words.columns.clone();
    let before = kept(words, &patterns);
    let lost = |words: &Words| kept(words, &patterns).iter().zip(&before).any(|(now, was)| *was && !now);
    (sets <= SETS).then(|| any_set(&mut words.clone(), bits, size, &lost))
}

fn any_set(words: &mut Words, bits: &[BitFlip], size: usize, lost: &impl Fn(&Words) -> bool) -> bool {
    if size == 0 {
        return lost(words);
    }
    (0..bits.len()).any(|at| {
        words.flip(bits[at]);
        let found = any_set(words, &bits[at + 1..], size - 1, lost);
        words.flip(bits[at]);
        found
    })
}

/// Compares a budget with every set of flips that is small enough to try; tells whether the least number was found.
fn compare(words: &Words, bits: &[BitFlip], budget: &Budget, what: &str) -> bool {
    for size in 1..=bits.len().min(4) {
        let Some(harm) = harms(words, bits, size) else { return false };
        let shown = budget.harmless.is_none_or(|harmless| size <= harmless as usize);
        assert!(!(shown && harm), "{what}: {size} flips do harm, {budget:?}");
        if harm {
            let found = budget.falsifier.as_ref().map(|fault| fault.flips.len());
            assert!(found.is_none_or(|found| found >= size), "{what}: {budget:?}");
            return true;
        }
        assert!(budget.falsifier.as_ref().is_none_or(|fault| fault.flips.len() > size), "{what}: {budget:?}");
    }
    false
}

fn certified(image: &CoreImage) -> (Certificates, Digest) {
    let certificates = certify(image, NonZeroUsize::MIN).expect("an image has a file");
    (certificates, Digest::of(&codec::encode(image).expect("a file")))
}

#[test]
fn certificates_agree_with_exhaustive_enumeration() {
    let (mut exact, mut least, mut unshown, mut uncertain) = (0, [0; 3], 0, [0; 2]);
    for seed in 0..CASES {
        let (image, words) = case(&mut Random(seed));
        let (certificates, digest) = certified(&image);
        verify(&image, &digest, &certificates, NonZeroUsize::MIN)
            .unwrap_or_else(|refuted| panic!("case {seed}: {refuted}"));
        let (claim, largest) = (&certificates.overflow, largest_partial_sum(&words));
        assert!(claim.reached <= largest && largest <= claim.at_most, "case {seed}: {claim:?}, {largest}");
        for (mu, (radius, [step, sweep])) in certificates.radii.iter().zip(true_radii(&words)).enumerate() {
            assert_eq!(radius.certified.map(|r| r as usize), step, "case {seed}, pattern {mu}: exact");
            assert!(step <= sweep, "case {seed}, pattern {mu}: a sweep corrects what a step does");
            let all = step == Some(words.n);
            assert!(radius.is_exact() || all, "case {seed}, pattern {mu}: {radius:?}");
            exact += 1;
        }
        for ((bits, (memory, budget)), least) in
            words.bits().iter().zip(certificates.faults.by_memory()).zip(&mut least)
        {
            let what = format!("case {seed}, {}", memory.capacity());
            let found = compare(&words, bits, budget, &what);
            let (low, high) = (budget.harmless, budget.unfixes());
            *least += u32::from(found);
            let tight = low.map(|low| low as usize + 1) == high;
            // The sign of a magnitude makes of its other bits what it makes of itself.
            let signed = matches!(words.coding, WeightCoding::SignMagnitude | WeightCoding::Ternary)
                && words.storage.signs == Signs::InWeights;
            if memory.capacity() == "pattern" {
                unshown += u32::from(found && !tight);
            } else if signed && memory.capacity() == "weight" {
                uncertain[0] += u32::from(found && !tight);
                uncertain[1] += u32::from(found);
            } else {
                assert!(tight || low.is_none() && high.is_none(), "{what}: {budget:?}");
            }
        }
    }
    assert!(exact > 5_000 && least.iter().all(|&found| found > 500), "{exact} radii, {least:?} budgets");
    let [rough, all] = uncertain;
    assert!(rough * 4 < all, "of {all} budgets of signs with magnitudes, {rough} are not exact");
    assert!(unshown * 4 < least[2], "of {} budgets of pattern memory, {unshown} are not exact", least[2]);
}

/// The budget of weights or of the table, which are exact.
fn exact_budget(certificates: &mut Certificates, which: usize) -> &mut Budget {
    let faults = &mut certificates.faults;
    if which == 0 { &mut faults.weights } else { &mut faults.table }
}

/// Each claim with something wrong in it.
fn corrupted(sound: &Certificates) -> Vec<(String, Certificates)> {
    let mut all = Vec::new();
    let mut add = |what: &str, change: &dyn Fn(&mut Certificates)| {
        let mut changed = sound.clone();
        change(&mut changed);
        if changed != *sound {
            all.push((what.to_owned(), changed));
        }
    };
    add("image", &|c| c.image.replace_range(0..1, if c.image.starts_with('0') { "1" } else { "0" }));
    add("at_most", &|c| c.overflow.at_most ^= 1);
    add("accumulator_bits", &|c| c.overflow.accumulator_bits -= 1);
    add("counter_bits", &|c| c.overflow.counter_bits += 1);
    add("reached", &|c| c.overflow.reached += 1);
    add("state", &|c| c.overflow.state.push(0));
    add("neuron", &|c| c.overflow.neuron = u32::MAX);
    add("a radius left out", &|c| drop(c.radii.pop()));
    for mu in 0..sound.radii.len() {
        add("radius", &|c| c.radii[mu].certified = Some(c.radii[mu].certified.map_or(0, |r| r + 1)));
        add("no flips", &|c| {
            if let (Some(_), Some(flips)) = (c.radii[mu].certified, &mut c.radii[mu].falsifier) {
                flips.pop();
            }
        });
        add("a neuron there is not", &|c| {
            c.radii[mu].falsifier.iter_mut().flatten().take(1).for_each(|i| *i = 4_000);
        });
    }
    for which in 0..3 {
        let fault = |c: &mut Certificates, change: &dyn Fn(&mut Fault)| {
            let budget = match which {
                2 => &mut c.faults.patterns,
                _ => exact_budget(c, which),
            };
            budget.falsifier.iter_mut().for_each(change);
        };
        add("a pattern there is not", &|c| fault(c, &|fault| fault.pattern = u32::MAX));
        add("no flips at all", &|c| fault(c, &|fault| fault.flips.clear()));
        for flip in [
            BitFlip::Weight { pattern: 0, neuron: 0, bit: 255 },
            BitFlip::Weight { pattern: u32::MAX, neuron: 0, bit: 0 },
            BitFlip::Word { index: u32::MAX, bit: 0 },
            BitFlip::Word { index: 0, bit: 16 },
            BitFlip::Column { pattern: 0, neuron: u32::MAX },
            BitFlip::Row { pattern: u32::MAX, neuron: 0 },
        ] {
            add("a bit there is not", &|c| fault(c, &|fault| fault.flips[0] = flip));
        }
    }
    add("more flips than are ever shown", &|c| {
        c.faults.patterns.harmless = c.faults.patterns.harmless.map(|_| u32::MAX);
    });
    for which in 0..2 {
        add("budget", &|c| {
            let budget = exact_budget(c, which);
            budget.harmless = budget.harmless.map(|flips| flips + 1);
        });
        add("any number of flips", &|c| {
            let budget = exact_budget(c, which);
            budget.harmless = None;
        });
        add("fewer flips", &|c| {
            let budget = exact_budget(c, which);
            budget.falsifier.iter_mut().for_each(|fault| fault.flips.truncate(fault.flips.len() - 1));
        });
        add("a flip twice", &|c| {
            let budget = exact_budget(c, which);
            budget.falsifier.iter_mut().for_each(|fault| fault.flips.extend_from_within(0..1));
        });
    }
    all
}

#[test]
fn a_corrupted_certificate_is_refuted() {
    let mut refuted = 0;
    for seed in 0..300 {
        let (image, _) = case(&mut Random(seed + 1_000_000));
        let (sound, digest) = certified(&image);
        for (what, wrong) in corrupted(&sound) {
            let found = verify(&image, &digest, &wrong, NonZeroUsize::MIN);
            assert!(found.is_err(), "case {seed}, {what}: {wrong:?}");
            refuted += 1;
        }
    }
    assert!(refuted > 3_000, "{refuted} corrupted certificates");
}

/// Whether `claims` say no more than `sound` do.
fn say_no_more(claims: &Certificates, sound: &Certificates) -> bool {
    let radii =
        claims.radii.iter().zip(&sound.radii).all(|(claim, radius)| claim.certified <= radius.certified);
    let most = |harmless: Option<u32>| harmless.unwrap_or(u32::MAX);
    let budgets = claims.faults.by_memory().into_iter().zip(sound.faults.by_memory());
    let budgets =
        budgets.into_iter().all(|((_, claim), (_, budget))| most(claim.harmless) <= most(budget.harmless));
    (&claims.image, claims.overflow.at_most) == (&sound.image, sound.overflow.at_most) && radii && budgets
}

/// Every byte of a file changed: the checksum tells; and where somebody has made it right, what is read is refused, or says no
/// more than is true.
#[test]
fn no_byte_of_a_file_can_be_changed_for_a_stronger_claim() {
    let (mut read, mut refuted) = (0, 0);
    for seed in 0..6 {
        let (image, _) = case(&mut Random(seed + 3_000_000));
        let (sound, digest) = certified(&image);
        let bytes = file::encode(&sound).expect("a file");
        let end = bytes.len() - 4;
        for at in 0..end {
            for mask in [1, 0x10, 0xff] {
                let mut changed = bytes.clone();
                changed[at] ^= mask;
                assert!(
                    file::decode(&changed).is_err(),
                    "case {seed}, byte {at}: the checksum is of other bytes"
                );
                let checksum = crc32fast::hash(&changed[..end]);
                changed[end..].copy_from_slice(&checksum.to_le_bytes());
                let Ok(claims) = file::decode(&changed) else { continue };
                read += 1;
                match verify(&image, &digest, &claims, NonZeroUsize::MIN) {
                    Ok(()) => assert!(say_no_more(&claims, &sound), "case {seed}, byte {at}: {claims:?}"),
                    Err(refusal) => {
                        assert!(!refusal.to_string().is_empty(), "case {seed}, byte {at}");
                        refuted += 1;
                    }
                }
            }
        }
    }
    assert!(read > 1_000 && refuted > 800, "{read} files could be read, {refuted} were refuted");
}

/// Images too large for enumeration: what is claimed is accepted, no drawn cue within a radius is missed, and the falsifying cue
/// is not corrected.
#[test]
fn radii_of_larger_images_are_sound() {
    let (mut cues, mut falsified, mut wide) = (0, 0, 0);
    for seed in 0..60 {
        let random = &mut Random(seed + 2_000_000);
        let (n, p) = (20 + random.below(20), 4 + random.below(20));
        let (image, words) = case_of(random, n, p);
        let (certificates, digest) = certified(&image);
        verify(&image, &digest, &certificates, NonZeroUsize::MIN)
            .unwrap_or_else(|refuted| panic!("case {seed}: {refuted}"));
        for (mu, radius) in certificates.radii.iter().enumerate() {
            let pattern = &words.columns[mu];
            for distance in
                (0..=radius.certified.unwrap_or(0)).filter(|_| radius.certified.is_some()).rev().take(3)
            {
                for _ in 0..8 {
                    let mut cue = pattern.clone();
                    while cue.iter().zip(pattern).filter(|(a, b)| a != b).count() < distance as usize {
                        let i = random.below(n as u64);
                        cue[i] = !pattern[i];
                    }
                    assert_eq!(&words.step(&cue), pattern, "case {seed}, pattern {mu}: a cue at {distance}");
                    cues += 1;
                }
            }
            if let Some(flips) = &radius.falsifier {
                let mut cue = pattern.clone();
                flips.iter().for_each(|&i| cue[i as usize] ^= true);
                assert_ne!(&words.step(&cue), pattern, "case {seed}, pattern {mu}: {radius:?}");
                falsified += 1;
            }
            wide += u32::from(radius.certified.is_some_and(|r| r > 2));
        }
    }
    assert!(cues > 1_000 && falsified > 100 && wide > 30, "{cues} cues, {falsified} falsified, {wide} wide");
}

#[test]
fn certificates_do_not_depend_on_threads() {
    let (image, _) = case(&mut Random(7));
    let two = NonZeroUsize::new(2).unwrap();
    assert_eq!(certify(&image, two).unwrap(), certify(&image, NonZeroUsize::MIN).unwrap());
}
