import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TcpProxy } from './tcp-proxy.ts';

describe('TcpProxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  const sockets: Socket[] = [];

  before(async () => {
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined).pipe(socket);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  beforeEach(async () => {
    proxy = await TcpProxy.listen(() => (server.address() as AddressInfo).port);
  });
  afterEach(() => proxy.close());
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const dial = async (): Promise<Socket> => {
    const socket = connect(proxy.port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    sockets.push(socket);
    return socket;
  };
  const echoOf = async (socket: Socket, text: string): Promise<string> => {
    socket.write(text);
    const [piece] = await once(socket, 'data');
    return String(piece);
  };

  it('passes bytes both ways, and the end of a connection', async () => {
    const socket = await dial();
    assert.equal(await echoOf(socket, 'one'), 'one');
    socket.end();
    await once(socket, 'close');
  });

  it('reset breaks what is open; what comes after passes', async () => {
    const open = await dial();
    await echoOf(open, 'one');
    const broken = once(open, 'error');
    proxy.reset();
    assert.match(String((await broken)[0]), /ECONNRESET/);
    assert.equal(await echoOf(await dial(), 'two'), 'two');
  });

  it('nothing passes while it is stalled, everything afterwards', async () => {
    const socket = await dial();
    await echoOf(socket, 'one');
    proxy.stall();
    let early = true;
    const echo = echoOf(socket, 'two').then((text) => [text, early]);
    await sleep(50);
    early = false;
    proxy.resume();
    assert.deepEqual(await echo, ['two', false]);
  });

  it('what it abandons is silent for good, and nobody is told; what comes after passes', async () => {
    const socket = await dial();
    await echoOf(socket, 'one');
    proxy.abandon();
    const heard: string[] = [];
    for (const event of ['data', 'end', 'error', 'close']) socket.on(event, () => heard.push(event));
    socket.write('two');
    assert.equal(await echoOf(await dial(), 'three'), 'three');
    await sleep(50);
    assert.deepEqual(heard, []);
  });

  it('refuses connections while it is closed, and has its port again', async () => {
    const { port } = proxy;
    await proxy.close();
    const refused = connect(port, '127.0.0.1');
    assert.match(String((await once(refused, 'error'))[0]), /ECONNREFUSED/);
    await proxy.open();
    assert.equal(proxy.port, port);
    assert.equal(await echoOf(await dial(), 'again'), 'again');
  });

  it('breaks a connection to a server that is not there', async () => {
    const nowhere = await TcpProxy.listen(() => 1);
    const socket = connect(nowhere.port, '127.0.0.1');
    assert.match(String((await once(socket, 'error'))[0]), /ECONNRESET/);
    await nowhere.close();
  });
});
