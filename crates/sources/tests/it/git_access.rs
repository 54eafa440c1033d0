//! `git-access`, by the outside: repositories in, facts out.

mod behaviour;
mod build;
mod demo;
mod expected;
mod hostile;
mod kubernetes;
mod runs;
mod support;
