import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expandPathMacros } from './path-macros.ts'

const now = new Date('2026-03-01T02:05:00Z')

test('date macros are filled in UTC', () => {
  assert.equal(expandPathMacros('raw/{YYYY}/{MM}/{dd}/{HH}-{mm}', now), 'raw/2026/03/01/02-05')
  assert.equal(expandPathMacros('raw/{yyyy}{MM}{DD}', now), 'raw/20260301')
})

test('date macros are filled in the given time zone', () => {
  assert.equal(expandPathMacros('raw/{YYYY}/{MM}/{dd}/{HH}', now, 'America/New_York'), 'raw/2026/02/28/21')
})

test('midnight is hour 00, and other braces stay', () => {
  assert.equal(expandPathMacros('{HH}/{customer}', new Date('2026-03-01T00:00:00Z')), '00/{customer}')
})
