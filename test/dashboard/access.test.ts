import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccess, isLoopback } from '../../src/dashboard/access.ts';

const token = 'correct horse battery staple';

test('with a token: header, query or the cookie it gave, and nothing else', () => {
  const access = createAccess(token);
  const [cookie] = access.setCookie.split(';');
  assert.equal(access.check({}, undefined), 'denied');
  assert.equal(access.check({ authorization: `Bearer ${token}` }, undefined), 'header');
  assert.equal(access.check({ authorization: `bearer ${token}` }, undefined), 'header');
  assert.equal(access.check({ authorization: 'Bearer wrong' }, undefined), 'denied');
  assert.equal(access.check({}, token), 'query');
  assert.equal(access.check({}, 'wrong'), 'denied');
  assert.equal(access.check({}, [token]), 'denied');
  assert.equal(access.check({ cookie: `theme=dark; ${cookie}` }, undefined), 'cookie');
  assert.equal(access.check({ cookie: `${cookie}x` }, undefined), 'denied');
});

test('the cookie does not contain the token and scripts cannot read it', () => {
  const { setCookie } = createAccess(token);
  assert.ok(!setCookie.includes(token) && !setCookie.includes(encodeURIComponent(token)));
  assert.match(setCookie, /; HttpOnly; SameSite=Lax$/);
});

test('the cookie of one token does not open a dashboard with another', () => {
  const [cookie] = createAccess('one').setCookie.split(';');
  assert.equal(createAccess('two').check({ cookie }, undefined), 'denied');
});

test('a wrong credential is not mended by a right one elsewhere', () => {
  assert.equal(createAccess(token).check({ authorization: 'Bearer wrong' }, token), 'denied');
});

test('without a token only names of this machine are answered: a rebound DNS name is not', () => {
  const access = createAccess('');
  for (const host of ['localhost', 'localhost:8080', '127.0.0.1:8080', '[::1]:8080', 'driftcast.localhost']) {
    assert.equal(access.check({ host }, undefined), 'open', host);
  }
  for (const host of ['evil.example', 'evil.example:8080', 'localhost.evil.example', '', undefined]) {
    assert.equal(access.check(host === undefined ? {} : { host }, undefined), 'wrong_host', host);
  }
});

test('loopback addresses', () => {
  assert.deepEqual(['127.0.0.1', '127.1.2.3', '::1', 'localhost'].map(isLoopback), [true, true, true, true]);
  assert.deepEqual(['0.0.0.0', '::', '192.168.1.2', '127.evil.example', 'plant-7'].map(isLoopback), [
    false,
    false,
    false,
    false,
    false,
  ]);
});
