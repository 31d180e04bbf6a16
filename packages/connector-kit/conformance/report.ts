import { appendFileSync } from 'node:fs'
import type { Connector } from '../src/index.ts'
import type { Peer, Skip } from './conditions.ts'
import type { Law } from './law.ts'

export type Result = 'passed' | 'failed' | 'skipped' | 'not_applicable'

/** Adds one JSON line to the file that `LEAT_CONFORMANCE_REPORT` names: from these the table of connectors is made. */
export function report(
  connector: Connector,
  peer: Peer,
  law: Law,
  result: Result,
  why?: Pick<Skip, 'reason'> & Partial<Skip>,
): void {
  const file = process.env['LEAT_CONFORMANCE_REPORT']
  if (file === undefined || file === '') return
  const line = {
    law: law.number,
    title: law.title,
    connector: connector.type,
    peer_kind: peer.kind,
    peer: peer.name,
    result,
    ...(why === undefined ? {} : { reason: why.reason, replacement: why.replacement }),
  }
  appendFileSync(file, `${JSON.stringify(line)}\n`)
}
