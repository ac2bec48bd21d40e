//! `tfctrail schedule KIND`: units that write the nightly report.

use std::fs;
use std::io::Write as _;

use super::args::ScheduleArgs;
use super::config;
use super::error::{Error, reason};
use super::notify;
use super::output::Output;
use super::reading::CommandContext;
use crate::schedule::{File, Plan};

/// Prints the units, or writes them into a directory.
pub fn run(args: &ScheduleArgs, context: &CommandContext<'_>) -> Result<(), Error> {
    let plan = plan(args, context)?;
    let files = args.kind.render(&plan).map_err(|wrong| Error::usage(wrong.to_string()))?;
    match &args.write {
        None => {
            let texts: Vec<&str> = files.iter().map(|file| file.text.as_str()).collect();
            write(Output::open(None)?, &texts.join("\n"))
        }
        Some(dir) => {
            let refuse = |error| Error::usage(format!("--write '{}': {}", dir.display(), reason(&error)));
            fs::create_dir_all(dir).map_err(refuse)?;
            files.iter().try_for_each(|File { name, text }| write(Output::open(Some(&dir.join(name)))?, text))
        }
    }
}

fn write(mut output: Output, text: &str) -> Result<(), Error> {
    output.write_all(text.as_bytes()).map_err(|error| output.error(&error))?;
    output.finish()
}

fn plan(args: &ScheduleArgs, context: &CommandContext<'_>) -> Result<Plan, Error> {
    let loaded = context.config;
    let config_text = match &loaded.file {
        Some(path) => Some(
            config::text(path)
                .map_err(|error| Error::usage(format!("config file '{}': {}", path.display(), reason(&error))))?,
        ),
        None => None,
    };
    Ok(Plan {
        at: args.at,
        sources: args.about.clone(),
        out: args.out.clone(),
        store: args.store_path.clone(),
        config: args.config_path.clone(),
        config_text,
        notify: args.notify.clone(),
        secrets: notify::variables(&args.notify, loaded)?,
        program: args.program.clone(),
        image: args.image.clone(),
        role_arn: args.role_arn.clone(),
        region: args.aws_region.clone(),
        state: args.state.clone(),
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use crate::cli::args::Cli;
    use crate::schedule::Plan;

    #[test]
    fn the_report_takes_the_words_of_a_schedule() {
        let plan = Plan {
            sources: vec!["s3://my-trail-bucket".to_owned()],
            notify: vec!["security".to_owned()],
            role_arn: Some("arn:aws:iam::111122223333:role/tfctrail".to_owned()),
            region: Some("eu-west-1".to_owned()),
            ..Plan::default()
        };
        let words = [vec!["tfctrail"], plan.words_with_role()].concat();
        let refused = Cli::command().try_get_matches_from(words).err();
        assert!(refused.is_none(), "{}", refused.map(|error| error.to_string()).unwrap_or_default());
    }
}
