//! The tests are in `it/`: one binary for the whole workspace, for each further one links everything
//! again.
