import { ClientFrame, closeCodes, frameAnswers, ServerFrame, socketSubprotocol } from '@holdfast/contract';
import { z } from 'zod';
import { type Components, type JsonSchema, toJsonSchema } from './openapi-schemas.ts';

export type AsyncApiDocument = {
  asyncapi: string;
  info: JsonSchema;
  defaultContentType: string;
  servers: Record<string, JsonSchema>;
  channels: { socket: JsonSchema & { messages: Components } };
  operations: Record<string, JsonSchema>;
  components: { schemas: Components; messages: Components };
};

type Frame = (typeof ClientFrame | typeof ServerFrame)['options'][number];

/** AsyncAPI 3.0 of the socket, as the server's side sees it. Every frame in it comes from the contract. */
export function describeSocket(publicUrl: string, socketPort: number): AsyncApiDocument {
  const schemas: Components = {};
  const client = ClientFrame.options.map((frame) => describe(frame, 'client', schemas));
  const server = ServerFrame.options.map((frame) => describe(frame, 'server', schemas));
  const messages = Object.fromEntries([...client, ...server]);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Holdfast socket',
      version: '0.1.0',
      description: introduction,
      license: { name: 'MIT' },
      externalDocs: { url: 'https://www.rfc-editor.org/rfc/rfc6455', description: 'WebSocket' },
    },
    defaultContentType: 'application/json',
    servers: serversOf(new URL(publicUrl), socketPort),
    channels: {
      socket: {
        title: 'The socket',
        description: 'One connection for each device; everything for its person comes over it.',
        messages: Object.fromEntries(
          Object.keys(messages).map((name) => [name, { $ref: `#/components/messages/${name}` }]),
        ),
        bindings: {
          ws: {
            method: 'GET',
            headers: {
              type: 'object',
              properties: { 'sec-websocket-protocol': { type: 'string', enum: [socketSubprotocol] } },
            },
            bindingVersion: '0.1.0',
          },
        },
      },
    },
    operations: operationsOf(),
    components: { schemas, messages },
  };
}

const introduction = `WebSocket with JSON text frames, at /ws of the API and on a port of its own. Ask for the subprotocol \`${socketSubprotocol}\`. The first frame authenticates; never put a token in the address. A frame of the client carries an \`id\`, and exactly one answer carries the same. Frames of the client with unknown fields are refused; frames of the server may gain fields and types.

Operations are seen from the server: it *receives* what a client sends.

Close codes: ${Object.entries(closeCodes)
  .map(([name, code]) => `${code} ${name}`)
  .join(', ')}.

docs/socket.md in the repository tells how an app uses it, with a whole session.`;

function serversOf({ protocol, host, hostname }: URL, socketPort: number): Record<string, JsonSchema> {
  const scheme = protocol === 'https:' ? 'wss' : 'ws';
  return {
    api: { host, pathname: '/ws', protocol: scheme, description: 'Beside the API' },
    own: {
      host: `${hostname}:${socketPort}`,
      pathname: '/',
      protocol: 'ws',
      description: 'The listener of its own, as the server itself opens it (SOCKET_PORT)',
    },
  };
}

const nameOf = (side: 'client' | 'server', type: string) =>
  `${side}${type.charAt(0).toUpperCase()}${type.slice(1)}`;
const typeOf = (frame: Frame): string => frame.shape.type.value;

function describe(frame: Frame, side: 'client' | 'server', schemas: Components): [string, JsonSchema] {
  const type = typeOf(frame);
  const { description, examples } = z.globalRegistry.get(frame) as {
    description: string;
    examples: unknown[];
  };
  const payload = toJsonSchema(frame, side === 'client' ? 'input' : 'output', schemas);
  const { examples: _same, description: _above, ...plain } = payload;
  return [
    nameOf(side, type),
    {
      name: type,
      title: side === 'client' ? `${type}, from the client` : `${type}, from the server`,
      summary: description,
      payload: plain,
      ...('id' in frame.shape ? { correlationId: { location: '$message.payload#/id' } } : {}),
      examples: examples.map((example, index) => ({ name: `example${index + 1}`, payload: example })),
    },
  ];
}

/** One operation for each frame of the client with its answers, and one for what comes unasked. */
function operationsOf(): Record<string, JsonSchema> {
  const channel = { $ref: '#/channels/socket' };
  const referTo = (side: 'client' | 'server', type: string) => ({
    $ref: `#/channels/socket/messages/${nameOf(side, type)}`,
  });
  const answers = new Set<string>(Object.values(frameAnswers).flat());
  const asked = Object.entries(frameAnswers).map(([type, answered]) => [
    type,
    {
      action: 'receive',
      channel,
      messages: [referTo('client', type)],
      reply: { channel, messages: answered.map((one) => referTo('server', one)) },
    },
  ]);
  const unasked = ServerFrame.options.map(typeOf).filter((type) => !answers.has(type));
  return {
    ...Object.fromEntries(asked),
    tell: { action: 'send', channel, messages: unasked.map((type) => referTo('server', type)) },
  };
}
