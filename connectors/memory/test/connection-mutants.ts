import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { Fault } from '@leat/connector-kit'
import { z } from 'zod'
import { memory } from '../src/index.ts'
import { mutant, type Mutant } from './mutate.ts'

export const connectionMutants: readonly Mutant[] = [
  {
    law: 1,
    defect: 'options that allow any key',
    connector: mutant({ spec: { source: { ...memory.source!, options: z.looseObject({}) } } }),
  },
  {
    law: 1,
    defect: 'a field without a title',
    connector: mutant({
      spec: { credentials: z.strictObject({ ...memory.credentials!.shape, extra: z.string().optional() }) },
    }),
  },
  {
    law: 1,
    defect: 'an alias that leads nowhere',
    connector: mutant({ spec: { aliases: { sink: { folder: 'no_such_key' } } } }),
  },
  {
    law: 2,
    defect: 'a check that looks at nothing',
    connector: mutant({ connection: () => ({ check: async () => {} }) }),
  },
  {
    law: 2,
    defect: 'a fault that shows the password in its cause',
    connector: mutant({
      connection: (inner, { password }) => ({
        check: () =>
          inner.check().catch((cause: Fault) => {
            throw leaking(cause, password)
          }),
      }),
    }),
  },
  {
    law: 2,
    defect: 'a refused login that is called transient',
    connector: mutant({
      connection: () => ({
        check: async () => {
          throw new Fault({ kind: 'transient', code: 'memory.password_wrong', message: 'no' })
        },
      }),
    }),
  },
  {
    law: 17,
    defect: 'an event that is stated and never emitted',
    connector: mutant({
      observe: (inner) => (event, fields) => (event === 'object read' ? undefined : inner(event, fields)),
    }),
  },
  {
    law: 17,
    defect: 'an event that is emitted and not stated',
    connector: mutant({ spec: { telemetry: ['object staged', 'object published'] } }),
  },
  {
    law: 17,
    defect: 'bytes that are counted wrongly',
    connector: mutant({ observe: (inner) => (event, fields) => inner(event, { ...fields, bytes: 1 }) }),
  },
  {
    law: 17,
    defect: 'an event with a secret in it',
    connector: mutant({
      observe:
        (inner, { password }) =>
        (event, fields) =>
          inner(event, { ...fields, login: String(password) }),
    }),
  },
  {
    law: 16,
    defect: 'a temporary file that stays',
    connector: mutant({
      connection: (inner) => ({
        check: async () => {
          await inner.check()
          await mkdtemp(join(tmpdir(), 'left-'))
        },
      }),
    }),
  },
  {
    law: 16,
    defect: 'a handle that stays open',
    connector: mutant({
      connection: (inner) => ({
        check: async () => {
          await inner.check()
          leakedPorts.push(listening())
        },
      }),
    }),
  },
]

function leaking(fault: Fault, password: unknown): Fault {
  return new Fault({
    kind: fault.kind,
    code: fault.code,
    message: fault.message,
    cause: new Error(`login with ${String(password)}`),
  })
}

const leakedPorts: MessagePort[] = []

function listening(): MessagePort {
  const { port1, port2 } = new MessageChannel()
  port1.on('message', () => {})
  leakedPorts.push(port2)
  return port1
}

/** Closes what the leaking mutants left, so that the test process can end. */
export function closeLeaks(): void {
  for (const port of leakedPorts.splice(0)) port.close()
}
