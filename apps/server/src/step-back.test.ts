import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'

/** In a process of its own: a priority cannot be taken back. Prints the priorities of its threads at the start, while a job is held, and after it. */
const program = `
import { readdirSync, readFileSync } from 'node:fs'
import { StepBack } from ${JSON.stringify(new URL('./step-back.ts', import.meta.url).href)}
const nice = () => [...new Set(readdirSync('/proc/self/task').map((thread) =>
  readFileSync('/proc/self/task/' + thread + '/stat', 'utf8').replace(/.*\\) /s, '').split(' ')[16]))]
const stepBack = new StepBack(60_000)
const seen = [nice()]
stepBack.job(true)
seen.push(nice())
stepBack.job(false)
seen.push(nice())
console.log(JSON.stringify(seen))
`

test('a worker keeps its priority until its first job is done, then all of its threads take what others leave', (t) => {
  if (process.platform !== 'linux') return t.skip('only Linux tells the priorities of threads')
  const told = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  const [before = [], during, after] = JSON.parse(told) as string[][]
  if (before.some((nice) => Number(nice) >= 10)) return t.skip('these tests have stepped back themselves')
  assert.deepEqual(during, before)
  assert.notDeepEqual(after, before)
  assert.deepEqual(after, ['10'])
})
