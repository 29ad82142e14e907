//! The prober's dialogues against servers of the tests' own, on this host's loopback interface:
//! good ones and hostile ones. Needs neither root nor a network.

#[cfg(test)]
mod common;
#[cfg(test)]
mod datagrams;
#[cfg(test)]
mod http;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod smtp;
#[cfg(test)]
mod tcp;
#[cfg(test)]
mod tls;
