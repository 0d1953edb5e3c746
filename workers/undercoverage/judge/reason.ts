import type { Text } from './judge-file.ts'
import type { Scope } from './scope.ts'
import type { JudgeInput, Judgement } from './types.ts'
import type { United } from './unite-reports.ts'

/** What was found, before it is concluded what follows from it. */
export type Facts = Omit<Judgement, 'verdict' | 'because' | 'reasons' | 'fix'>

/** What the facts were found in. */
export type Background = { input: JudgeInput; united: United; scope: Scope; texts: (path: string) => Text }

/** One thing that speaks for a verdict, and what to do about it. */
export type Reason = { because: string; fix: string | null }
