//! Tests shared out to several kernels: `ci/vm` boots a guest for each processor.

/// Names the share: `2/3` is the second of three. Nothing, or anything else: all tests.
pub const SHARE: &str = "BELLWETHER_SHARE";

/// Those of a list that this process is to run: each test is in exactly one share, and neighbours,
/// which take equally long, are in different ones.
pub fn share<T>(all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    let named = std::env::var(SHARE).ok();
    let (number, count) = named.as_deref().and_then(parse).unwrap_or((1, 1));
    all.into_iter().skip(number - 1).step_by(count)
}

fn parse(text: &str) -> Option<(usize, usize)> {
    let (number, count) = text.split_once('/')?;
    let (number, count) = (number.parse().ok()?, count.parse().ok()?);
    (1..=count).contains(&number).then_some((number, count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_share_is_all() {
        assert_eq!(parse("2/3"), Some((2, 3)));
        for text in ["0/3", "4/3", "1/0", "1", "", "x/y"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
