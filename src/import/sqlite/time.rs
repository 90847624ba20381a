//! Times as the Python system writes them.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use rusqlite::types::ValueRef;

/// What a time means: a text with an offset or without, which is UTC then, or seconds since 1970.
pub(crate) fn instant(value: ValueRef<'_>) -> Option<DateTime<Utc>> {
    match value {
        #[allow(clippy::cast_precision_loss, reason = "no time is that late")]
        ValueRef::Integer(seconds) => of_seconds(seconds as f64),
        ValueRef::Real(seconds) => of_seconds(seconds),
        ValueRef::Text(text) => of_text(std::str::from_utf8(text).ok()?.trim()),
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}

fn of_seconds(seconds: f64) -> Option<DateTime<Utc>> {
    let distance = TimeDelta::from_std(Duration::try_from_secs_f64(seconds.abs()).ok()?).ok()?;
    let start = DateTime::UNIX_EPOCH;
    let time = if seconds < 0.0 { start.checked_sub_signed(distance) } else { start.checked_add_signed(distance) };
    // A number of this size is exact to less than a microsecond.
    time.map(|time| time.round_subsecs(6))
}

fn of_text(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(seconds) = text.parse() {
        return of_seconds(seconds);
    }
    if let Ok(time) = DateTime::parse_from_str(&text.replacen('T', " ", 1), "%Y-%m-%d %H:%M:%S%.f%#z") {
        return Some(time.to_utc());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"];
    let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    local.or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)).map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_time_is_read() {
        let noon = "2024-01-15T12:00:00.250Z".parse().ok();
        for text in [
            "2024-01-15T12:00:00.250Z",
            "2024-01-15T12:00:00.250000+00:00",
            "2024-01-15 13:00:00.25+01:00",
            "2024-01-15T07:00:00.25-0500",
            "2024-01-15T12:00:00.250000",
            " 2024-01-15 12:00:00.25 ",
            "1705320000.25",
        ] {
            assert_eq!(instant(ValueRef::Text(text.as_bytes())), noon, "{text}");
        }
        assert_eq!(instant(ValueRef::Real(1_705_320_000.25)), noon);
        let start = Some(DateTime::UNIX_EPOCH);
        assert_eq!(instant(ValueRef::Integer(0)), start);
        assert_eq!((instant(ValueRef::Text(b"1970-01-01")), instant(ValueRef::Text(b"1970-01-01 00:00"))), (start, start));
        assert_eq!(instant(ValueRef::Real(-0.5)), start.map(|start| start - TimeDelta::milliseconds(500)));
        assert_eq!(instant(ValueRef::Real(1_705_312_200.123_456)).unwrap().timestamp_micros(), 1_705_312_200_123_456);
        for none in ["", "yesterday", "2024-13-01", "NaN", "inf", "1e300"] {
            assert_eq!(instant(ValueRef::Text(none.as_bytes())), None, "{none}");
        }
    }
}
