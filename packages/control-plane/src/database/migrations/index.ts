import { up as foundation } from './0001-foundation.ts'
import { up as schedule } from './0002-schedule.ts'
import { up as startCron } from './0003-start-cron.ts'
import { up as successAndVerdict } from './0004-success-and-verdict.ts'
import { up as credentialState } from './0005-credential-state.ts'
import { up as webhooks } from './0006-webhooks.ts'
import { up as runBalance } from './0007-run-balance.ts'
import { up as answerSource } from './0008-answer-source.ts'
import { up as severalServers } from './0009-several-servers.ts'
import { up as lookups } from './0010-lookups.ts'

export interface Migration {
  /** Sorts in the order of application: `0001-foundation`. */
  readonly id: string
  readonly up: string
}

/** Forward only: add the next one at the end, never edit one that has landed. */
export const migrations: readonly Migration[] = [
  { id: '0001-foundation', up: foundation },
  { id: '0002-schedule', up: schedule },
  { id: '0003-start-cron', up: startCron },
  { id: '0004-success-and-verdict', up: successAndVerdict },
  { id: '0005-credential-state', up: credentialState },
  { id: '0006-webhooks', up: webhooks },
  { id: '0007-run-balance', up: runBalance },
  { id: '0008-answer-source', up: answerSource },
  { id: '0009-several-servers', up: severalServers },
  { id: '0010-lookups', up: lookups },
]
