//! `tfctrail decode [SUBJECT…]`: what subjects say.

use std::io::{BufRead as _, IsTerminal as _, Read};

use clap::Args;

use crate::cli::args::limit::RecordLimitArgs;
use crate::cli::args::output::OutputArgs;
use crate::cli::context::{CommandContext, RunCommand};
use crate::cli::error::Error;
use crate::cli::output::writing::Writing;
use crate::decode::pack::marked;
use crate::domain::subject::Subject;
use crate::report::row::decode::schema;
use crate::report::zone::Zone;

/// What the subject of a workload identity token says
///
/// Takes subjects as arguments, or one per line from standard input. Needs no logs.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tfctrail decode 'organization:acme:project:Default Project:workspace:web:run_phase:plan'
  tfctrail events logs/ -o csv --columns subject --no-header | tfctrail decode -o json")]
pub struct DecodeArgs {
    /// Subject, as in the sub claim of a token; none or a single - reads lines from standard input
    #[arg(value_name = "SUBJECT")]
    pub subjects: Vec<String>,
    /// What is written, and where.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is too much.
    #[command(flatten)]
    pub limit: RecordLimitArgs,
}

impl RunCommand for DecodeArgs {
    /// Decodes the subjects and writes what they say. Their issuer is not known here, and taken to be Terraform.
    fn run(&self, context: &CommandContext<'_>) -> Result<(), Error> {
        let writing = Writing::open(&self.output, schema())?;
        let subjects: Vec<Subject> = subjects(self)?.iter().map(|text| Subject::parse(text)).collect();
        writing.write(subjects, None, &Zone::UTC, context)
    }
}

/// The subjects: the arguments, or the lines of standard input if there is none or a single `-`.
pub fn subjects(args: &DecodeArgs) -> Result<Vec<String>, Error> {
    match args.subjects.as_slice() {
        [] if std::io::stdin().is_terminal() => Err(Error::usage("no subject given")
            .hint("give it as an argument, in quotes, or - to type subjects line by line")),
        [] => lines(std::io::stdin().lock(), args.limit.max_record.bytes()),
        [only] if only == "-" => lines(std::io::stdin().lock(), args.limit.max_record.bytes()),
        subjects => Ok(subjects.to_vec()),
    }
}

/// The lines without their ends; blank ones are skipped.
fn lines(from: impl Read, limit: u64) -> Result<Vec<String>, Error> {
    let refuse = |error| Error::stream("reading standard input", &error);
    let mut reader = marked::reader(from).map_err(refuse)?;
    let (mut subjects, mut line) = (Vec::new(), Vec::new());
    for number in 1_u64.. {
        line.clear();
        // One more than the limit for each character of the line's end.
        let read = reader.by_ref().take(limit.saturating_add(2)).read_until(b'\n', &mut line);
        if read.map_err(refuse)? == 0 {
            break;
        }
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > limit {
            return Err(Error::failure(format!("line {number} of standard input is longer than {limit} bytes"))
                .hint("--max-record raises the limit"));
        }
        if !text.trim_ascii().is_empty() {
            subjects.push(String::from_utf8_lossy(text).into_owned());
        }
    }
    Ok(subjects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_lose_their_ends_only() {
        let check =
            |text: &str, expected: &[&str]| assert_eq!(lines(text.as_bytes(), 5).unwrap(), expected, "{text:?}");
        check("", &[]);
        check("a\nb", &["a", "b"]);
        check("a\r\n\r\n \t\n b \n", &["a", " b "]);
        check("a\r\r\n", &["a\r"]);
        check("12345\r\n12345\n12345", &["12345"; 3]);
    }

    #[test]
    fn long_lines_are_refused() {
        for text in ["a\n123456\n", "a\n123456", "a\n1234567890"] {
            let error = lines(text.as_bytes(), 5).unwrap_err();
            assert_eq!(error.message(), "line 2 of standard input is longer than 5 bytes", "{text:?}");
        }
    }
}
