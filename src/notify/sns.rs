//! Publishes to Amazon SNS. What is asynchronous stays in here.

use aws_config::retry::RetryConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::config::Builder;

use super::message::Message;
use super::retry::AttemptFailure;
use super::signature::id;
use super::target::{SnsTopic, TIMEOUT};
use super::text;
use crate::aws::connect::{connect, runtime};
use crate::aws::failure::RequestFailure;

/// The longest subject (<https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>).
const SUBJECT: usize = 99;

/// The group of all our messages in a topic of type FIFO.
const GROUP: &str = "tfctrail";

/// Tries once. How often it is tried is decided above, and so is the pause.
pub(super) fn publish(topic: &SnsTopic, message: &Message) -> Result<(), AttemptFailure> {
    let runtime = runtime().map_err(|trouble| AttemptFailure::last(trouble.message))?;
    let published = async {
        let mut aws = topic.aws.clone();
        aws.region = aws.region.or_else(|| topic.region().map(str::to_owned));
        let config = connect(&aws, aws.role_arns.first().map(String::as_str)).await;
        let config = config.map_err(|trouble| AttemptFailure::last(trouble.message))?;
        let client = Client::from_conf(Builder::from(&config).retry_config(RetryConfig::disabled()).build());
        let body = text::text(message);
        let mut request = client.publish().topic_arn(&topic.arn).subject(subject(message));
        #[expect(clippy::case_sensitive_file_extension_comparisons, reason = "no file, and SNS is case-sensitive")]
        let is_fifo = topic.arn.ends_with(".fifo");
        if is_fifo {
            request = request.message_group_id(GROUP).message_deduplication_id(id(&body));
        }
        let sent = request.message(body).send().await;
        sent.map(drop).map_err(|error| {
            let failure = RequestFailure::of(&error);
            let reason = match &failure {
                RequestFailure::SlowDown => "the service kept asking for fewer requests".to_owned(),
                RequestFailure::Denied(..) => format!("{}; it takes sns:Publish on {}", failure.reason(), topic.arn),
                _ => failure.reason(),
            };
            if failure.is_passing() { AttemptFailure::passing(reason) } else { AttemptFailure::last(reason) }
        })
    };
    // The whole of it, credentials and all: the SDK's own limits are of each part, and begin anew with each.
    let timed = async { tokio::time::timeout(TIMEOUT, published).await };
    let sent =
        runtime.block_on(timed).unwrap_or_else(|_| Err(AttemptFailure::passing("the service took too long to answer")));
    // A name that is being looked up is not waited for.
    runtime.shutdown_background();
    sent
}

/// The headline in what SNS takes for a subject: printable ASCII that does not start with a space.
fn subject(message: &Message) -> String {
    let printable = |character: char| if matches!(character, ' '..='~') { character } else { '?' };
    let subject: String = text::title(message, SUBJECT).chars().map(printable).collect();
    let subject = subject.trim();
    if subject.is_empty() { "tfctrail".to_owned() } else { subject.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_what_the_service_takes() {
        let check = |title: &str, expected: &str| {
            assert_eq!(subject(&Message { title: title.to_owned(), ..Message::default() }), expected);
        };
        check("2026-11-22: 3 findings", "2026-11-22: 3 findings");
        check("  Größe\r\n", "Gr??e\\u000d\\u000a");
        check("", "tfctrail");
        check(&"x".repeat(200), &("x".repeat(98) + "?"));
    }
}
