//! The calendar as a file (RFC 5545).

use icalendar::Component as _;

use super::Event;
use crate::base::time::Timestamp;

/// What stands in an event's place for a case, where there is none or none that shows.
const NO_CASE: &str = "Lianhu 联护";

/// `20261124T080000Z`: whole seconds, in UTC, so that no table of time zones is needed.
fn moment(at: Timestamp) -> String {
    let text: String = at.to_string().chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{}Z", text.split('.').next().unwrap_or_default())
}

/// The file. `now`: when it was made.
pub(super) fn write(events: &[Event], now: Timestamp) -> String {
    let mut calendar = icalendar::Calendar::empty();
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", "-//Lianhu//Lianhu//EN"));
    calendar.append_property(("CALSCALE", "GREGORIAN"));
    calendar.append_property(("METHOD", "PUBLISH"));
    for event in events {
        let mut entry = icalendar::Event::with_uid(&event.uid);
        entry
            .add_property("DTSTAMP", moment(now))
            .add_property("DTSTART", moment(event.from))
            .summary(event.case_no.as_deref().unwrap_or(NO_CASE))
            .class(icalendar::Class::Private);
        // What is due has a moment; what one sits at has a length, and leaves no time for anything else.
        match event.until {
            Some(until) => entry.add_property("DTEND", moment(until)),
            None => entry.add_property("TRANSP", "TRANSPARENT"),
        };
        calendar.push(entry);
    }
    calendar.to_string()
}

#[cfg(test)]
mod tests {
    use icalendar::CalendarDateTime;
    use icalendar::DatePerhapsTime::DateTime;

    use super::*;

    #[test]
    fn what_is_written_is_read_back_by_a_parser() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let events = [
            Event {
                uid: "a1".into(),
                from: at("2026-03-03T04:00:00.999999Z"),
                until: Some(at("2026-03-03T05:30:00Z")),
                case_no: Some("7K3M-92QX".into()),
            },
            Event { uid: "b2".into(), from: at("2026-03-04T00:00:00Z"), until: None, case_no: None },
        ];
        let file = write(&events, at("2026-03-01T00:00:00Z"));
        assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.ends_with("END:VCALENDAR\r\n"), "{file}");
        let read: icalendar::Calendar = file.parse().unwrap();
        let read: Vec<_> = read.events().collect();
        assert_eq!(read.len(), 2);
        let utc = |event: &icalendar::Event| match event.get_start() {
            Some(DateTime(CalendarDateTime::Utc(moment))) => moment.timestamp(),
            other => panic!("{other:?}"),
        };
        assert_eq!(utc(read[0]), at("2026-03-03T04:00:00Z").seconds());
        assert_eq!((read[0].get_uid(), read[0].get_summary()), (Some("a1"), Some("7K3M-92QX")));
        assert!(read[0].get_end().is_some() && read[1].get_end().is_none());
        assert_eq!(read[1].get_summary(), Some(NO_CASE));
    }

    #[test]
    fn an_empty_calendar_is_one() {
        let read: icalendar::Calendar = write(&[], Timestamp::from_micros(0)).parse().unwrap();
        assert_eq!(read.events().count(), 0);
    }
}
