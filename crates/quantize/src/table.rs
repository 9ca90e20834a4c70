//! The kernel over distance, as unsigned integers.

use crate::QuantizeError;
use klr_image::{KernelTable, TableForm};
use klr_model::Kernel;
use klr_model::form::kernel_words;
use klr_units::Bits;
use std::num::NonZeroU32;

/// The words of `kernel` over the Hamming distances of `n` neurons, in the memory of a core: the first `window`, or all.
pub(crate) fn kernel_table(
    kernel: &Kernel,
    n: usize,
    bits: Bits,
    form: TableForm,
    window: Option<NonZeroU32>,
) -> Result<KernelTable, QuantizeError> {
    let words = kernel_words(kernel, n, bits, form, window)?;
    KernelTable::new(form, bits, &words).map_err(|source| QuantizeError::Table { bits, source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(kernel: &Kernel, n: usize, bits: u8, form: TableForm) -> Result<Vec<u16>, String> {
        kernel_table(kernel, n, Bits::new(bits).unwrap(), form, None)
            .map(|table| table.entries().to_vec())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn words_follow_the_kernel_down_to_zero() {
        // exp(-0.4 d) for d = 0..=8, 4 bits: 15 x 1, .670, .449, .301, .202, .135, .091, .061, .041.
        let kernel = Kernel::rbf(0.1).unwrap();
        let table = words(&kernel, 8, 4, TableForm::NearestRelative).unwrap();
        assert_eq!(table, [15, 10, 7, 5, 3, 2, 1, 1, 1], "worked by hand");
        let one_bit = words(&kernel, 8, 1, TableForm::Absolute).unwrap();
        assert_eq!(one_bit, [1, 1], "0.67 rounds up, 0.449 down");
        // ((m + 1) / 2)^2 = (1 - d/4)^2: 1, 9/16, 1/4, 1/16, 0.
        let square = words(&Kernel::polynomial(2, 1.0).unwrap(), 4, 4, TableForm::Absolute).unwrap();
        assert_eq!(square, [15, 8, 4, 1], "8.4, 3.75 and 0.94 rounded; the last is zero and dropped");
        // m^2 = (1 - d/2)^2 rises again towards the negative of a pattern.
        let even = words(&Kernel::polynomial(2, 0.0).unwrap(), 4, 4, TableForm::Absolute).unwrap();
        assert_eq!(even, [15, 4, 0, 4, 15], "an even function of the overlap");
    }

    #[test]
    fn a_window_keeps_the_first_words_as_they_are() {
        let kernel = Kernel::rbf(0.1).unwrap();
        let four = Bits::new(4).unwrap();
        let entries = |most: u32, form| {
            let table = kernel_table(&kernel, 8, four, form, NonZeroU32::new(most)).unwrap();
            table.entries().to_vec()
        };
        for form in TableForm::ALL {
            assert_eq!(entries(3, form), [15, 10, 7], "three of nine, {form}");
            assert_eq!(entries(1, form), [15], "the nearest alone, {form}");
            assert_eq!(entries(40, form), [15, 10, 7, 5, 3, 2, 1, 1, 1], "there are no more, {form}");
        }
    }

    #[test]
    fn a_table_is_scaled_by_its_largest_value_wherever_it_is() {
        let kernel = Kernel::from_table(vec![0.0, 2.0, 8.0, 4.0]).unwrap();
        assert_eq!(
            words(&kernel, 3, 3, TableForm::Absolute).unwrap(),
            [0, 2, 7, 4],
            "7/8 k: 1.75, 7, 3.5 to even"
        );
        let zero = words(&Kernel::from_table(vec![0.0; 4]).unwrap(), 3, 3, TableForm::Absolute).unwrap_err();
        let expected = "the kernel table of 3 bits cannot work: every kernel word is zero: no field would ever leave zero";
        assert_eq!(zero, expected, "no value above zero");
    }

    #[test]
    fn only_exponentials_have_a_nearest_relative_table() {
        let exponential = Kernel::exponential(0.2).unwrap();
        let same = words(&Kernel::rbf(0.1).unwrap(), 8, 4, TableForm::NearestRelative);
        assert_eq!(words(&exponential, 8, 4, TableForm::NearestRelative), same, "beta = 2 gamma");
        for kernel in [Kernel::polynomial(3, 1.0).unwrap(), Kernel::from_table(vec![1.0; 9]).unwrap()] {
            let message = words(&kernel, 8, 4, TableForm::NearestRelative).unwrap_err();
            let expected = format!(
                "the kernel \"{}\" has no table relative to the nearest pattern: the ratio of its values at two \
                 distances depends on more than their difference; allowed is absolute, or a kernel that is an \
                 exponential of the distance (rbf, exponential)",
                kernel.name()
            );
            assert_eq!(message, expected, "{kernel}");
        }
    }

    #[test]
    fn a_negative_kernel_has_no_words() {
        let cases = [
            (Kernel::linear(), "linear", 5, "-0.25"),
            (Kernel::polynomial(3, 0.0).unwrap(), "polynomial", 5, "-0.015625"),
            (
                Kernel::from_table(vec![1.0, 0.5, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]).unwrap(),
                "table",
                2,
                "-0.5",
            ),
        ];
        for (kernel, name, distance, value) in cases {
            let message = words(&kernel, 8, 4, TableForm::Absolute).unwrap_err();
            let expected = format!(
                "the kernel \"{name}\" is {value} at distance {distance}; kernel words are unsigned, so it must be \
                 negative at no distance (a polynomial with an offset of 1 or more is not)"
            );
            assert_eq!(message, expected, "{kernel}");
        }
    }
}
