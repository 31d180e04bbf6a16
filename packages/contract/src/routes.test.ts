import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { flag, id } from './values.ts'

const table = Object.entries<Route>(routes)

test('no two routes share method and path', () => {
  const seen = new Map<string, string>()
  for (const [operation, { method, path }] of table) {
    const key = `${method} ${path.replaceAll(/\{[^}]+\}/g, '{}')}`
    assert.equal(seen.get(key), undefined, `${operation} and ${seen.get(key)} are both ${key}`)
    seen.set(key, operation)
  }
})

test('every path parameter is declared, and no other', () => {
  for (const [operation, { path, params }] of table) {
    const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]).sort()
    assert.deepEqual(Object.keys(params?.shape ?? {}).sort(), inPath, operation)
  }
})

test('every route has an access rule that its path can answer', () => {
  for (const [operation, { path, access }] of table) {
    assert.ok(access, operation)
    if (typeof access === 'string') continue
    assert.ok(path.includes('{id}'), `${operation} needs a resource but its path names none`)
    assert.ok(path.includes(`/${access.resource}/{id}`), `${operation}: ${access.resource} is not what ${path} names`)
  }
})

test('only token and description are open to callers without a token', () => {
  const open = table.filter(([, route]) => route.access === 'none').map(([operation]) => operation)
  assert.deepEqual(open.sort(), ['create_token', 'get_openapi'])
})

test('a change of a resource needs more than the right to look at it', () => {
  for (const [operation, { method, access }] of table)
    if (typeof access === 'object' && (method === 'PUT' || method === 'DELETE'))
      assert.notEqual(access.role, 'collaborator', operation)
})

test('requests keep keys that the contract does not know', () => {
  const body = routes.create_source.body.parse({ name: 'a', source_type: 's3', has_custom_schema: true })
  assert.equal(body.has_custom_schema, true)
  const query = routes.list_sources.query.parse({ page: '2', some_filter: 'x' })
  assert.deepEqual(query, { page: 2, per_page: 100, some_filter: 'x' })
})

test('a copy may come without options', () => {
  assert.deepEqual(routes.copy_source.body.parse(undefined), {})
})

test('booleans in queries are read as both clients send them', () => {
  for (const sent of ['1', 'true', 'True', true]) assert.equal(flag.parse(sent), true)
  for (const sent of ['0', 'false', 'False', false]) assert.equal(flag.parse(sent), false)
  assert.equal(flag.safeParse('yes').success, false)
})

test('an id is a positive integer', () => {
  assert.equal(id.parse('12'), 12)
  for (const wrong of ['abc', '0', '-1', '1.5', '']) assert.equal(id.safeParse(wrong).success, false, wrong)
})
