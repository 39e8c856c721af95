import { clearLine, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import { parseArgs } from 'node:util';
import {
  ApiError,
  ChatError,
  type ChatSocket,
  type Client,
  connectChat,
  createClient,
} from '@holdfast/client';
import { accounts, chat as api, type Message, type Room, type SignedIn } from '@holdfast/contract';

/*
 * npm run chat -- --as EMAIL --password PASSWORD [--code CODE] [--with USER_OR_BOOKING_ID | --room ROOM_ID]
 *   [--api http://localhost:3000] [--socket ws://localhost:3001]
 * The chat on a terminal: lists one's rooms or opens one, prints what is said there and sends the lines that are typed.
 * Ctrl-D ends.
 */

const usage =
  'Usage: npm run chat -- --as EMAIL --password PASSWORD [--code CODE] [--with USER_OR_BOOKING_ID | --room ROOM_ID]\n' +
  '                    [--api http://localhost:3000] [--socket ws://localhost:3001]';
const earlierMessages = '20';
// The other side is told that somebody types for five seconds, so it is told again before.
const typingMs = 3_000;

/** A mistake of the person at the keyboard: shown as it is, without a stack. */
class UsageError extends Error {}

type Arguments = ReturnType<typeof readArguments>;

function readArguments() {
  const { as: email, password, ...others } = parseCommandLine();
  if (email === undefined || password === undefined) throw new UsageError(usage);
  if (others.with !== undefined && others.room !== undefined) throw new UsageError(usage);
  return { email, password, ...others };
}

function parseCommandLine() {
  try {
    return parseArgs({
      options: {
        as: { type: 'string' },
        password: { type: 'string' },
        code: { type: 'string' },
        with: { type: 'string' },
        room: { type: 'string' },
        api: { type: 'string', default: 'http://localhost:3000' },
        socket: { type: 'string', default: 'ws://localhost:3001' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n${usage}`);
  }
}

async function signIn(client: Client, { email, password, code }: Arguments): Promise<SignedIn> {
  const secondFactor = code === undefined ? {} : { secondFactor: code };
  return client.call(accounts.login, { body: { email, password, ...secondFactor } });
}

/** The access token of the login first; for each further connection a fresh one. */
function tokensOf(client: Client, signedIn: SignedIn): () => Promise<string> {
  let { refreshToken } = signedIn;
  let unused: string | undefined = signedIn.accessToken;
  return async () => {
    if (unused !== undefined) {
      const first = unused;
      unused = undefined;
      return first;
    }
    const fresh = await client.call(accounts.refresh, { body: { refreshToken } });
    refreshToken = fresh.refreshToken;
    return fresh.accessToken;
  };
}

/** Lines as they are typed, one at a time, and what is printed between them. */
function createTerminal() {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const lines: Interface = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: isTerminal,
  });
  lines.on('SIGINT', () => lines.close());
  // From the start, and one for all, so that no line is lost while something else is waited for.
  const typed = lines[Symbol.asyncIterator]();
  return {
    /** Undefined once there are no more. */
    nextLine: async () => ((await typed.next()) as IteratorResult<string, undefined>).value,
    close: () => lines.close(),
    print: (text: string) => {
      if (isTerminal) {
        clearLine(process.stdout, 0);
        cursorTo(process.stdout, 0);
      }
      console.log(visible(text));
      if (isTerminal) lines.prompt(true);
    },
    /** What was typed is printed as a message once it is one. */
    takeBack: () => {
      if (!isTerminal) return;
      moveCursor(process.stdout, 0, -1);
      clearLine(process.stdout, 0);
    },
    onKey: (run: () => void) => {
      if (isTerminal) process.stdin.on('keypress', run);
    },
  };
}
type Terminal = ReturnType<typeof createTerminal>;

// What somebody else wrote must not move this terminal's cursor.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out here
const visible = (text: string) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

/** The room that was asked for, or one that is picked from the list. Undefined if none is. */
async function chooseRoom(client: Client, terminal: Terminal, options: Arguments): Promise<Room | undefined> {
  if (options.room !== undefined) return client.call(api.room, { params: { id: options.room } });
  if (options.with !== undefined) {
    const body = options.with.startsWith('bkg_') ? { bookingId: options.with } : { userId: options.with };
    return client.call(api.openRoom, { body });
  }
  const { items } = await client.call(api.rooms, { query: { limit: '50' } });
  if (items.length === 0)
    throw new UsageError('There is no room yet: open one with --with and the id of a person or a booking.');
  for (const [index, room] of items.entries())
    terminal.print(`${String(index + 1).padStart(3)}  ${room.other.name}  ${stateOf(room)}`);
  terminal.print('Which one? (number)');
  for (let line = await terminal.nextLine(); line !== undefined; line = await terminal.nextLine()) {
    const chosen = items[Number(line.trim()) - 1];
    if (chosen !== undefined) return chosen;
    terminal.print(`A number from 1 to ${items.length}, please.`);
  }
  return undefined;
}

function stateOf(room: Room): string {
  const presence = room.presence?.isOnline === true ? 'online' : 'away';
  return `${presence}, ${room.unread} unread  ${room.id}`;
}

/** Prints a message and says that it was read. */
function show(message: Message, me: string, room: Room, terminal: Terminal, chat: ChatSocket): void {
  const { sender, seq } = message;
  terminal.print(lineOf(message, sender === me ? 'you' : sender === null ? '*' : room.other.name));
  if (sender !== me) chat.markRead(room.id, seq);
}

/** Prints what happens in the room. */
function listen(chat: ChatSocket, terminal: Terminal, room: Room, me: string): void {
  const { other } = room;
  chat.on('message', (message) => {
    if (message.roomId === room.id) show(message, me, room, terminal, chat);
    else terminal.print(`(a message in another room: ${message.roomId})`);
  });
  chat.on('typing', ({ roomId, isTyping }) => {
    if (roomId === room.id && isTyping) terminal.print(`(${other.name} is typing)`);
  });
  chat.on('presence', ({ userId, isOnline }) => {
    if (userId === other.id) terminal.print(`(${other.name} is ${isOnline ? 'online' : 'away'})`);
  });
  chat.on('receipt', ({ roomId, userId, deliveredSeq, readSeq }) => {
    if (roomId !== room.id || userId !== other.id) return;
    terminal.print(readSeq >= deliveredSeq ? `(read up to ${readSeq})` : `(received up to ${deliveredSeq})`);
  });
  chat.on('state', (state) => {
    if (state === 'offline') terminal.print('(offline: what you write is sent later)');
    if (state === 'ready') terminal.print('(connected)');
    if (state === 'closed') terminal.close();
  });
  chat.on('error', (error) => terminal.print(`(${error.message})`));
}

function lineOf(
  { timestamp, seq, message, attachments, deletedAt, editedAt, event, isHeld }: Message,
  who: string,
): string {
  const files = attachments.map(({ originalName }) => `[${originalName}]`);
  const words = deletedAt !== null ? ['(deleted)'] : [event?.type ?? '', message, ...files];
  const note = isHeld ? ' (held back)' : editedAt !== null && deletedAt === null ? ' (changed)' : '';
  return `${timestamp.slice(11, 16)} ${String(seq).padStart(3)} ${who}: ${words.filter(Boolean).join(' ')}${note}`;
}

/** Sends lines until there are no more, and waits for those that are under way. */
async function converse(chat: ChatSocket, terminal: Terminal, room: Room): Promise<void> {
  const sending: Promise<unknown>[] = [];
  let isTyping = false;
  terminal.onKey(() => {
    if (isTyping) return;
    isTyping = true;
    chat.typing(room.id, true);
    setTimeout(() => {
      isTyping = false;
    }, typingMs).unref();
  });
  for (let line = await terminal.nextLine(); line !== undefined; line = await terminal.nextLine()) {
    terminal.takeBack();
    if (line.trim() === '') continue;
    const sent = chat.send(room.id, { message: line });
    sending.push(sent.catch((error: Error) => terminal.print(`(not sent: ${error.message})`)));
  }
  await Promise.all(sending);
}

async function main(): Promise<void> {
  const options = readArguments();
  const anybody = createClient(options.api);
  const signedIn = await signIn(anybody, options);
  const terminal = createTerminal();
  try {
    const client = anybody.as(signedIn.accessToken);
    const room = await chooseRoom(client, terminal, options);
    if (room === undefined) return;
    terminal.print(`${room.other.name}  ${stateOf(room)}  (Ctrl-D ends)`);
    const { messages } = await client.call(api.history, {
      params: { id: room.id },
      query: { limit: earlierMessages },
    });
    const chat = connectChat({
      url: options.socket,
      accessToken: tokensOf(anybody, signedIn),
      // What comes from there on is printed by listening.
      seen: { [room.id]: messages.at(-1)?.seq ?? 0 },
    });
    for (const message of messages) show(message, signedIn.user.id, room, terminal, chat);
    listen(chat, terminal, room, signedIn.user.id);
    await converse(chat, terminal, room);
    chat.close();
  } finally {
    terminal.close();
  }
}

try {
  await main();
} catch (error) {
  const isExpected = [UsageError, ApiError, ChatError].some((kind) => error instanceof kind);
  // Without a network fetch rejects with a TypeError, whose cause says more.
  const isUnreachable = error instanceof TypeError && error.message === 'fetch failed';
  console.error(
    isUnreachable
      ? 'The API cannot be reached: is the server running?'
      : isExpected
        ? (error as Error).message
        : error,
  );
  process.exitCode = 1;
}
