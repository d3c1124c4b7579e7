//! The program's own log, on standard error: text on a terminal, JSON otherwise.
//!
//! **No case data is ever logged**, at any level: no name, number, address, phone, note, searched word, body, query string,
//! SQL or bound value, nor an error's text that could hold one. A line may hold ids, routes' patterns, statuses, durations,
//! counts and codes. Who did what to which case stands in the audit, not here. So that no library undoes this, only
//! Lianhu's own events follow `log.level`; everyone else's start at `warn`.

use std::io::IsTerminal;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};

use super::config::{Log, LogFormat, LogLevel};

/// The log could not be set up: it already is.
#[derive(Debug, thiserror::Error)]
#[error("the log is already set up")]
pub struct AlreadyLogging;

/// Sends this process's events to standard error. Once.
pub fn start(log: &Log) -> Result<(), AlreadyLogging> {
    let terminal = std::io::stderr().is_terminal();
    tracing::subscriber::set_global_default(subscriber(log, terminal, std::io::stderr)).map_err(|_| AlreadyLogging)
}

/// The same with any writer; `terminal` says whether `auto` means text, and whether text has colours.
pub fn subscriber<W>(log: &Log, terminal: bool, writer: W) -> impl Subscriber + Send + Sync + use<W>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    // A log that cannot be written must not take the program down (it would complain to the same closed standard error).
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).log_internal_errors(false);
    let json = match log.format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    let lines = if json { lines.json().flatten_event(true).boxed() } else { lines.with_ansi(terminal).boxed() };
    let own = match log.level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let others = own.min(LevelFilter::WARN);
    let filter = filter_fn(move |event| {
        let is_own = event.target().split("::").next() == Some("lianhu");
        *event.level() <= if is_own { own } else { others }
    });
    tracing_subscriber::registry().with(lines.with_filter(filter.with_max_level_hint(own)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: LogLevel, terminal: bool) -> String {
        let paper = Paper::default();
        let writer = paper.clone();
        tracing::subscriber::with_default(subscriber(&Log { format, level }, terminal, move || writer.clone()), || {
            tracing::info!(target: "lianhu::door", status = 200, "answered");
            tracing::debug!(target: "lianhu::door", "detail");
            tracing::info!(target: "actix_server", "a library's info");
            tracing::warn!(target: "actix_server", "a library's warning");
            tracing::debug!(target: "lianhuish", "another crate");
        });
        let bytes = paper.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn json_away_from_a_terminal_one_object_a_line() {
        let text = logged(LogFormat::Auto, LogLevel::Info, false);
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert_eq!(lines[0]["message"], "answered");
        assert_eq!(lines[0]["status"], 200);
        assert_eq!(lines[0]["target"], "lianhu::door");
        assert_eq!(lines[1]["level"], "WARN");
    }

    #[test]
    fn text_on_a_terminal_and_colours_only_there() {
        assert!(logged(LogFormat::Auto, LogLevel::Info, true).contains("\u{1b}["));
        let text = logged(LogFormat::Text, LogLevel::Info, false);
        assert!(text.contains("INFO lianhu::door: answered status=200"), "{text}");
        assert!(!text.contains('\u{1b}'));
        assert!(logged(LogFormat::Json, LogLevel::Info, true).starts_with('{'));
    }

    #[test]
    fn the_level_is_ours_libraries_stay_at_warn() {
        let all = logged(LogFormat::Text, LogLevel::Trace, false);
        assert!(all.contains("detail") && all.contains("a library's warning"), "{all}");
        assert!(!all.contains("a library's info") && !all.contains("another crate"), "{all}");
        assert_eq!(logged(LogFormat::Text, LogLevel::Error, false), "");
    }
}
