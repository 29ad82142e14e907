//! Diagnostics from the outside: the pages of codes, and the ways to read what is wrong.

#[cfg(test)]
mod origins;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod together;
