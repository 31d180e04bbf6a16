import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idsIn, idsOfPythonTests, idsOfTests } from './promises.ts'

test('ids are found where a name of a test begins, and only there', () => {
  const quote = "'"
  const text = [
    `test(${quote}PROMISE-A: holds${quote}, () => {})`,
    'test(',
    `  \`PROMISE-B-2 for \${what}\`,`,
    `describe(${quote}PROMISE-C${quote}, () => {})`,
    '// PROMISE-COMMENT',
    `test(${quote}later PROMISE-D${quote}, () => {})`,
  ].join('\n')
  assert.deepEqual(idsOfTests(text), ['PROMISE-A', 'PROMISE-B-2', 'PROMISE-C'])
})

test('a test in Python has its id at the start of its docstring', () => {
  const text = 'def test_a(s3, leat):\n    """PROMISE-A"""\n\ndef helper():\n    """PROMISE-B"""\n'
  assert.deepEqual(idsOfPythonTests(text), ['PROMISE-A'])
})

test('the page names promises and laws', () => {
  assert.deepEqual([...idsIn('| `PROMISE-A` | x |\nLAW-4, LAW-18. PROMISE-…')], ['PROMISE-A', 'LAW-4', 'LAW-18'])
})
