//! What a change of type would change about the values: decided here from the two types, counted by the database.

/// Which values a column's new type cannot hold as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Narrowing {
    /// Whole numbers outside these bounds.
    Range(Bounds),
    /// Numbers with a fraction, or outside these bounds.
    Whole(Bounds),
    /// Numbers with more digits than these.
    Digits(Digits),
    /// Numbers that floating point of that width rounds.
    Floating(Width),
    /// Texts, or what prints as a text, of more letters.
    Letters(u32),
    /// Numbers other than 0 and 1.
    Truth,
    /// Times with more digits behind the second.
    Fraction(u32),
    /// Moments that are not at midnight.
    TimeOfDay,
    /// Texts that do not say a value of the new type.
    Spelling(Spelling),
    /// Whatever prints otherwise afterwards.
    Print,
    /// Every value.
    All,
}

/// Least and greatest.
pub(crate) type Bounds = (i128, i128);

/// How many digits stand before and behind the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digits {
    pub(crate) whole: u32,
    pub(crate) scale: u32,
}

/// The two widths of floating point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Width {
    /// 32 bits.
    Single,
    /// 64 bits.
    Double,
}

impl Width {
    /// Whole numbers up to here are exact.
    fn exact(self) -> i128 {
        match self {
            Self::Single => 1 << 24,
            Self::Double => 1 << 53,
        }
    }

    /// Decimal numbers of so many digits come back as they were.
    fn decimals(self) -> u32 {
        match self {
            Self::Single => 6,
            Self::Double => 15,
        }
    }
}

/// What a text must say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// A whole number within bounds, without leading zeros.
    Whole(Bounds),
    /// A number, of at most these digits where there is a limit.
    Number(Option<Digits>),
    /// True or false.
    Truth,
    /// A day.
    Day,
    /// A time of day.
    Time,
    /// A day and a time; with a zone where the type keeps one.
    Moment { zoned: bool },
}

impl Spelling {
    /// The texts that say it, as a regular expression that PostgreSQL and MySQL read alike.
    pub(crate) fn pattern(self) -> &'static str {
        match self {
            Self::Whole(_) => "^(0|-?[1-9][0-9]*)$",
            Self::Number(_) => "^-?(0|[1-9][0-9]*)([.][0-9]+)?$",
            Self::Truth => "^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]|[TtFf01])$",
            Self::Day => "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
            Self::Time => "^[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?$",
            Self::Moment { zoned: false } => {
                "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?)?$"
            }
            Self::Moment { zoned: true } => {
                "^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[-+][0-9:]{2,6})?)?$"
            }
        }
    }
}

/// A type by what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Whole(Bounds),
    Truth,
    Exact(Option<Digits>),
    Floating(Width),
    Letters(Option<u32>),
    Day,
    Time(u32),
    Moment { fraction: u32, zoned: bool },
    Other(String),
}

impl Kind {
    /// Of a type in its canonical spelling; `usual_fraction` is how many digits a time has where none are said.
    pub(crate) fn of(canonical_type: &str, usual_fraction: u32) -> Self {
        let (word, arguments) = canonical_type.split_once('(').unwrap_or((canonical_type, ""));
        let mut numbers = arguments.trim_end_matches(')').split(',').map_while(|number| number.parse::<u32>().ok());
        let (first, second) = (numbers.next(), numbers.next());
        let signed = |bits: u32| Self::Whole((-(1 << (bits - 1)), (1 << (bits - 1)) - 1));
        let unsigned = |bits: u32| Self::Whole((0, (1 << bits) - 1));
        match word {
            "tinyint" => signed(8),
            "smallint" | "smallserial" => signed(16),
            "mediumint" => signed(24),
            "integer" | "serial" => signed(32),
            "bigint" | "bigserial" => signed(64),
            "tinyint unsigned" => unsigned(8),
            "smallint unsigned" => unsigned(16),
            "mediumint unsigned" => unsigned(24),
            "int unsigned" | "integer unsigned" => unsigned(32),
            "bigint unsigned" => unsigned(64),
            "boolean" => Self::Truth,
            "numeric" => Self::Exact(first.map(|precision| {
                let scale = second.unwrap_or(0);
                Digits { whole: precision.saturating_sub(scale), scale }
            })),
            "real" | "float" => Self::Floating(Width::Single),
            "double" => Self::Floating(Width::Double),
            "varchar" => Self::Letters(first),
            "char" => Self::Letters(first.or(Some(1))),
            "text" | "tinytext" | "mediumtext" | "longtext" | "citext" => Self::Letters(None),
            "date" => Self::Day,
            "time" => Self::Time(first.unwrap_or(usual_fraction)),
            "timestamp" | "datetime" => Self::Moment { fraction: first.unwrap_or(usual_fraction), zoned: false },
            "timestamptz" => Self::Moment { fraction: first.unwrap_or(usual_fraction), zoned: true },
            _ => Self::Other(canonical_type.to_owned()),
        }
    }

    /// What values a change from this type to that one would change; none where it changes none, or fails by itself.
    pub(crate) fn narrowed_to(&self, new: &Self) -> Option<Narrowing> {
        match (self, new) {
            (old, new) if old == new => None,
            (_, Self::Letters(None)) => None,
            (old, Self::Letters(Some(length))) => narrowed_text(old, *length),
            (Self::Letters(_), new) => narrowed_spelling(new),
            (old, Self::Whole(bounds)) => narrowed_whole(old, *bounds),
            (old, Self::Exact(digits)) => narrowed_exact(old, (*digits)?),
            (old, Self::Floating(width)) => narrowed_floating(old, *width),
            (Self::Whole(_) | Self::Exact(_) | Self::Floating(_), Self::Truth) => Some(Narrowing::Truth),
            (old, Self::Day | Self::Time(_) | Self::Moment { .. }) => narrowed_time(old, new),
            (Self::Other(old), Self::Other(new)) if is_json(old) && is_json(new) => None,
            _ => Some(Narrowing::Print),
        }
    }
}

fn is_json(word: &str) -> bool {
    matches!(word, "json" | "jsonb")
}

fn narrowed_text(old: &Kind, length: u32) -> Option<Narrowing> {
    let longest = match old {
        Kind::Letters(longest) => *longest,
        Kind::Whole((least, greatest)) => Some(least.to_string().len().max(greatest.to_string().len()) as u32),
        Kind::Truth => Some(5),
        Kind::Day => Some(10),
        _ => None,
    };
    longest.is_none_or(|longest| longest > length).then_some(Narrowing::Letters(length))
}

/// What cannot be read as a document, a UUID or the like is refused by the database itself.
fn narrowed_spelling(new: &Kind) -> Option<Narrowing> {
    let spelling = match new {
        Kind::Whole(bounds) => Spelling::Whole(*bounds),
        Kind::Exact(digits) => Spelling::Number(*digits),
        Kind::Floating(_) => Spelling::Number(None),
        Kind::Truth => Spelling::Truth,
        Kind::Day => Spelling::Day,
        Kind::Time(_) => Spelling::Time,
        Kind::Moment { zoned, .. } => Spelling::Moment { zoned: *zoned },
        Kind::Letters(_) | Kind::Other(_) => return None,
    };
    Some(Narrowing::Spelling(spelling))
}

fn narrowed_whole(old: &Kind, bounds: Bounds) -> Option<Narrowing> {
    match old {
        Kind::Truth => None,
        Kind::Whole((least, greatest)) if bounds.0 <= *least && *greatest <= bounds.1 => None,
        Kind::Whole(_) => Some(Narrowing::Range(bounds)),
        Kind::Exact(_) | Kind::Floating(_) => Some(Narrowing::Whole(bounds)),
        _ => Some(Narrowing::Print),
    }
}

fn narrowed_exact(old: &Kind, digits: Digits) -> Option<Narrowing> {
    let holds = |least: i128, greatest: i128| {
        10_i128.checked_pow(digits.whole).is_none_or(|limit| -limit < least && greatest < limit)
    };
    match old {
        Kind::Truth if digits.whole > 0 => None,
        Kind::Whole((least, greatest)) if holds(*least, *greatest) => None,
        Kind::Exact(Some(old)) if old.whole <= digits.whole && old.scale <= digits.scale => None,
        Kind::Truth | Kind::Whole(_) | Kind::Exact(_) | Kind::Floating(_) => Some(Narrowing::Digits(digits)),
        _ => Some(Narrowing::Print),
    }
}

fn narrowed_floating(old: &Kind, width: Width) -> Option<Narrowing> {
    match old {
        Kind::Truth | Kind::Floating(Width::Single) => None,
        Kind::Whole((least, greatest)) if -width.exact() <= *least && *greatest <= width.exact() => None,
        Kind::Exact(Some(digits)) if digits.whole + digits.scale <= width.decimals() => None,
        Kind::Whole(_) | Kind::Exact(_) | Kind::Floating(_) => Some(Narrowing::Floating(width)),
        _ => Some(Narrowing::Print),
    }
}

fn narrowed_time(old: &Kind, new: &Kind) -> Option<Narrowing> {
    match (old, new) {
        (Kind::Day, Kind::Moment { .. }) => None,
        (Kind::Moment { .. }, Kind::Day) => Some(Narrowing::TimeOfDay),
        (Kind::Time(old), Kind::Time(new))
        | (Kind::Moment { fraction: old, .. }, Kind::Moment { fraction: new, .. }) => {
            (old > new).then_some(Narrowing::Fraction(*new))
        }
        _ => Some(Narrowing::All),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::spelling::canonical_type;

    fn narrowing(old: &str, new: &str) -> Option<Narrowing> {
        let kind = |name: &str| Kind::of(&canonical_type(name), 6);
        kind(old).narrowed_to(&kind(new))
    }

    #[test]
    fn a_widening_asks_nothing() {
        for (old, new) in [
            ("smallint", "integer"),
            ("int", "bigint"),
            ("tinyint(1)", "int"),
            ("int(10) unsigned", "bigint"),
            ("integer", "numeric(10,0)"),
            ("integer", "numeric"),
            ("smallint", "real"),
            ("integer", "double precision"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "double"),
            ("real", "double precision"),
            ("varchar(80)", "varchar(255)"),
            ("varchar(80)", "text"),
            ("char(10)", "varchar(10)"),
            ("text", "longtext"),
            ("integer", "varchar(11)"),
            ("uuid", "text"),
            ("date", "timestamp"),
            ("timestamp(3)", "timestamp"),
            ("timestamp", "timestamptz"),
            ("json", "jsonb"),
        ] {
            assert_eq!(narrowing(old, new), None, "{old} to {new}");
        }
    }

    #[test]
    fn a_narrowing_says_what_would_change() {
        let integers = (-2_147_483_648, 2_147_483_647);
        for (old, new, expected) in [
            ("bigint", "integer", Narrowing::Range(integers)),
            ("int unsigned", "integer", Narrowing::Range(integers)),
            ("numeric(10,2)", "integer", Narrowing::Whole(integers)),
            ("integer", "numeric(9,0)", Narrowing::Digits(Digits { whole: 9, scale: 0 })),
            ("numeric(10,4)", "numeric(10,2)", Narrowing::Digits(Digits { whole: 8, scale: 2 })),
            ("double", "real", Narrowing::Floating(Width::Single)),
            ("bigint", "double", Narrowing::Floating(Width::Double)),
            ("varchar(80)", "varchar(79)", Narrowing::Letters(79)),
            ("integer", "varchar(10)", Narrowing::Letters(10)),
            ("integer", "boolean", Narrowing::Truth),
            ("timestamp", "timestamp(3)", Narrowing::Fraction(3)),
            ("timestamptz", "date", Narrowing::TimeOfDay),
            ("timestamp", "time", Narrowing::All),
            ("text", "integer", Narrowing::Spelling(Spelling::Whole(integers))),
            ("text", "date", Narrowing::Spelling(Spelling::Day)),
            ("mood", "temper", Narrowing::Print),
        ] {
            assert_eq!(narrowing(old, new), Some(expected), "{old} to {new}");
        }
    }
}
