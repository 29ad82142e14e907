//! The crate from the outside: whole files in, typed configurations and diagnostics out.

#[cfg(test)]
mod addresses;
#[cfg(test)]
mod complaints;
#[cfg(test)]
mod convert;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod election;
#[cfg(test)]
mod every_word;
#[cfg(test)]
mod globals;
#[cfg(test)]
mod language;
#[cfg(test)]
mod lint;
#[cfg(test)]
mod lvs;
#[cfg(test)]
mod pair;
#[cfg(test)]
mod pair_disagreements;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod routes;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod together;
#[cfg(test)]
mod toml;
#[cfg(test)]
mod writing;

#[cfg(test)]
mod common {
    use bellwether_config::{Options, Outcome, Severity, parse};
    use bellwether_core::model::{Config, Instance};
    use proptest::test_runner::{Config as ProptestConfig, RngSeed};

    /// How a property is tested: with so many cases, the same ones each time; with
    /// `PROPTEST_CASES` in the environment with as many as that, others each time.
    pub(crate) fn cases(number: u32) -> ProptestConfig {
        let usual = ProptestConfig::default();
        if std::env::var_os("PROPTEST_CASES").is_some() {
            return usual;
        }
        ProptestConfig {
            cases: number,
            rng_seed: RngSeed::Fixed(20_261_121),
            ..usual
        }
    }

    /// Reads a text leniently.
    pub(crate) fn read(text: &str) -> Outcome {
        parse("keepalived.conf", text, &Options::default())
    }

    /// The codes of all diagnostics of a severity, in the file's order.
    pub(crate) fn codes(outcome: &Outcome, severity: Severity) -> Vec<&'static str> {
        let of = outcome.diagnostics.iter();
        of.filter(|d| d.severity == severity)
            .map(|d| d.code)
            .collect()
    }

    /// The configuration of a text that has no errors.
    pub(crate) fn config(text: &str) -> Config {
        let outcome = read(text);
        match outcome.config {
            Some(config) => config,
            None => panic!("{text}\n{}", outcome.diagnostics.render(false)),
        }
    }

    /// A file with one instance on eth0, VRID 7, with an address, and with `body`.
    pub(crate) fn one(body: &str) -> String {
        format!(
            "vrrp_instance web {{\n interface eth0\n virtual_router_id 7\n \
             virtual_ipaddress {{\n 192.0.2.1/24\n }}\n {body}\n}}\n"
        )
    }

    /// The instance of [`one`], and the codes of its warnings.
    pub(crate) fn instance(body: &str) -> (Instance, Vec<&'static str>) {
        let text = one(body);
        let instance = config(&text).instances()[0].clone();
        (instance, codes(&read(&text), Severity::Warning))
    }

    /// The codes of the errors of [`one`].
    pub(crate) fn errors(body: &str) -> Vec<&'static str> {
        codes(&read(&one(body)), Severity::Error)
    }
}
