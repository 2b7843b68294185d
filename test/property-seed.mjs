// Loaded before every test file (test/run.mjs): the seed of all property tests, so that a run can be had again.
import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(process.env.DRIFTCAST_TEST_SEED) });
