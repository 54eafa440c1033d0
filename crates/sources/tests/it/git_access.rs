//! `git-access`, by the outside: repositories in, facts out.

mod demo;
mod expected;
mod kubernetes;
mod support;
