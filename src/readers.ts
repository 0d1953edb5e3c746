import type { GitLabReader } from "./gitlab/types.ts";

/** Everything a reaction may read from. */
export type Readers = {
	gitlab: GitLabReader;
	/** Milliseconds since the epoch: time is a fact, so that `decide` stays pure. */
	now(): number;
};
