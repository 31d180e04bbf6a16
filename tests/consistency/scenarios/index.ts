import type { Scenario } from '../scenario.ts'
import { changes } from './changes.ts'
import { kills } from './kills.ts'
import { stopped } from './stopped.ts'
import { unlike } from './unlike.ts'

export const scenarios: readonly Scenario[] = [...kills, ...stopped, ...changes, ...unlike]
