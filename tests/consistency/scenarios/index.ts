import type { Scenario } from '../scenario.ts'
import { kills } from './kills.ts'
import { stopped } from './stopped.ts'

export const scenarios: readonly Scenario[] = [...kills, ...stopped]
