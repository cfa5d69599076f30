/// SplitMix64 (Steele et al., 2014): small, and the same on every machine.
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 up to and without `end`; `end` is at least 1.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end.max(1)
    }

    /// True in `share` of 1,000 cases.
    pub fn per_mille(&mut self, share: u64) -> bool {
        self.below(1_000) < share
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let place = usize::try_from(self.below(items.len() as u64)).unwrap_or(0);
        &items[place]
    }

    /// Small numbers often, large ones seldom: the square of a uniform draw.
    pub fn skewed(&mut self, end: u64) -> u64 {
        let (one, other) = (self.below(end), self.below(end));
        one * other / end.max(1)
    }

    /// Below `end`; half of the draws as far down as the next octave each, as ranks by Zipf are.
    pub fn zipf(&mut self, end: u64) -> u64 {
        let octaves = u64::from(u64::BITS - end.max(1).leading_zeros());
        loop {
            let octave = 1 << self.below(octaves);
            let rank = octave - 1 + self.below(octave);
            if rank < end.max(1) {
                return rank;
            }
        }
    }
}

/// The `n`th address of a pool, spread over public ranges used for documentation and beyond.
pub fn address(n: u64) -> std::net::Ipv4Addr {
    let mixed = n.wrapping_mul(2_654_435_761) & 0xffff_ffff;
    let bits = 0x0b00_0000 + u32::try_from(mixed % 0xc000_0000).unwrap_or(0);
    bits.into()
}

/// Civil date and time of a second since 1970, UTC.
pub fn civil(seconds: i64) -> (i64, usize, i64, i64, i64, i64) {
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let inside = seconds.rem_euclid(86_400);
    (year, usize::try_from(month).unwrap_or(1), day, inside / 3_600, inside / 60 % 60, inside % 60)
}

pub const MONTHS: [&str; 13] =
    ["", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Monday 2026-03-02 00:00 UTC: where generated weeks begin.
pub const START: i64 = 1_772_409_600;
