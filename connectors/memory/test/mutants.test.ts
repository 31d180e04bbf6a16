import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { Fault } from '@leat/connector-kit'
import { laws, tryLaw } from '@leat/connector-kit/conformance'
import { memory } from '../src/index.ts'
import { asCsv, inProcess } from './conditions.ts'
import { csvTable } from './csv-table.ts'
import { closeLeaks, connectionMutants } from './connection-mutants.ts'
import { sinkMutants } from './sink-mutants.ts'
import { sourceMutants } from './source-mutants.ts'
import { valueMutants } from './value-mutants.ts'

const mutants = [...connectionMutants, ...sourceMutants, ...sinkMutants, ...valueMutants]

after(closeLeaks)

for (const { law: number, defect, connector, source, sink, csv } of mutants) {
  test(`MUTANT law ${number} catches ${defect}`, async () => {
    const law = laws.find((candidate) => candidate.number === number) ?? assert.fail(`no law ${number}`)
    const setup = csv === true ? asCsv : () => inProcess(source, sink)
    assert.equal(
      await tryLaw(csv === true ? csvTable : memory, law, setup),
      undefined,
      'without the defect the law is kept, and something was tried',
    )
    const broken = await tryLaw(connector, law, setup).then(
      () => assert.fail(`law ${number} does not notice: ${defect}`),
      (error: unknown) => error,
    )
    assert.ok(
      broken instanceof assert.AssertionError || broken instanceof Fault,
      `the mutant itself is broken: ${inspect(broken)}`,
    )
  })
}

test('PROMISE-LAWS-CATCH: every law has a mutant that it catches', () => {
  const caught = new Set(mutants.map(({ law }) => law))
  assert.deepEqual(
    laws.filter((law) => !caught.has(law.number)).map((law) => law.number),
    [],
  )
})
