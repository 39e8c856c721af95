import type { Message, MessagePage, Room, ServerFrameOf } from '@holdfast/contract';
import type { Events } from './events.ts';
import type { Draft, SentMessage } from './outbox.ts';
import { Sequence } from './sequence.ts';

type Ready = ServerFrameOf<'ready'>;
type Read = (roomId: string, afterSeq: number) => Promise<MessagePage>;

/** What is known of the rooms: how they stand, and how far each has been heard. */
export class Rooms {
  readonly #events: Events;
  readonly #read: Read;
  readonly #onFailed: (error: unknown) => boolean;
  readonly #seen: Readonly<Record<string, number>>;
  readonly #rooms = new Map<string, Room>();
  readonly #sequences = new Map<string, Sequence>();
  #userId = '';
  #firstReadyAt: number | undefined;
  /** The server's time when it was last heard of. */
  #heardAt = 0;

  constructor(
    events: Events,
    seen: Readonly<Record<string, number>>,
    read: Read,
    onFailed: (error: unknown) => boolean,
  ) {
    this.#events = events;
    this.#seen = seen;
    this.#read = read;
    this.#onFailed = onFailed;
  }

  /** The one with the newest message first. */
  list(): Room[] {
    return [...this.#rooms.values()].sort(
      (one, other) => Date.parse(newestOf(other)) - Date.parse(newestOf(one)),
    );
  }

  /** Takes the state of the rooms, and begins to fetch what was missed. */
  ready({ user, serverTime, rooms }: Ready): void {
    this.#userId = user.id;
    const listed = new Set(rooms.map(({ id }) => id));
    // It names the newest rooms only: those we know besides may have gone on as well.
    for (const id of new Set([...Object.keys(this.#seen), ...this.#sequences.keys()]))
      if (!listed.has(id)) this.#sequenceOf(id, 0).check();
    for (const room of rooms) {
      this.#rooms.set(room.id, room);
      this.#sequenceOf(room.id, this.#startOf(room)).catchUp(room.lastSeq, this.#heardAt);
    }
    this.#firstReadyAt ??= Date.parse(serverTime);
    this.hear(serverTime);
  }

  /** The connection was alive at this time of the server's. */
  hear(serverTime: string): void {
    this.#heardAt = Date.parse(serverTime);
  }

  message(message: Message): void {
    this.#sequenceOf(message.roomId, message.seq - 1).offer(message);
  }

  room(room: Room): void {
    this.#rooms.set(room.id, room);
    // It may come after a time in which not everything was told, changes of messages for example.
    this.#sequenceOf(room.id, this.#startOf(room)).catchUp(room.lastSeq, this.#heardAt);
    this.#events.emit('room', room);
  }

  presence(presence: Omit<ServerFrameOf<'presence'>, 'type'>): void {
    const { userId, isOnline, lastSeenAt } = presence;
    for (const room of this.#rooms.values())
      if (room.other.id === userId) this.#rooms.set(room.id, { ...room, presence: { isOnline, lastSeenAt } });
    this.#events.emit('presence', presence);
  }

  receipt(receipt: Omit<ServerFrameOf<'receipt'>, 'type'>): void {
    const { roomId, userId, deliveredSeq, readSeq } = receipt;
    const room = this.#rooms.get(roomId);
    if (room !== undefined && userId !== this.#userId)
      this.#rooms.set(roomId, { ...room, otherDeliveredSeq: deliveredSeq, otherReadSeq: readSeq });
    if (room !== undefined && userId === this.#userId) {
      const unread = Math.min(room.unread, Math.max(0, room.lastSeq - readSeq));
      this.#rooms.set(roomId, { ...room, deliveredSeq, readSeq, unread });
    }
    this.#events.emit('receipt', receipt);
    // Nobody receives what is not there: a message of which we have not heard shows itself by this.
    this.#sequences.get(roomId)?.expect(deliveredSeq);
  }

  /** An own message was committed: its place is taken without waiting for it to be told. */
  accepted(sent: SentMessage, draft: Draft): void {
    const { roomId, messageId, seq, timestamp, isFlagged, isHeld } = sent;
    const receiver = this.#rooms.get(roomId)?.other.id;
    const sequence = this.#sequenceOf(roomId, seq - 1);
    // How attachments look is known to the server only.
    if (receiver === undefined || draft.message === undefined || (draft.files?.length ?? 0) > 0) {
      sequence.expect(seq);
      return;
    }
    sequence.offer({
      id: messageId,
      roomId,
      seq,
      kind: 'text',
      sender: this.#userId,
      receiver,
      message: draft.message,
      timestamp,
      readStatus: 'sent',
      attachments: [],
      event: null,
      isFlagged,
      isHeld,
      version: 1,
      editedAt: null,
      deletedAt: null,
    });
  }

  /** The application has read these itself. */
  note(page: MessagePage): MessagePage {
    for (const message of page.messages) this.#sequences.get(page.roomId)?.note(message);
    return page;
  }

  /**
   * From where on a room's messages are news. At first from now on; of a room that was opened since, all of them; of one
   * that was too old to be listed, those that no device of ours has received.
   */
  #startOf(room: Room): number {
    if (this.#firstReadyAt === undefined) return room.lastSeq;
    return Date.parse(room.createdAt) >= this.#firstReadyAt ? 0 : room.deliveredSeq;
  }

  #sequenceOf(roomId: string, start: number): Sequence {
    const known = this.#sequences.get(roomId);
    if (known !== undefined) return known;
    const sequence = new Sequence(this.#seen[roomId] ?? start, {
      emit: (message) => this.#emit(message),
      read: (afterSeq) => this.#read(roomId, afterSeq),
      failed: this.#onFailed,
    });
    this.#sequences.set(roomId, sequence);
    return sequence;
  }

  #emit(message: Message): void {
    const room = this.#rooms.get(message.roomId);
    if (room !== undefined && message.seq >= room.lastSeq) {
      const isNews = message.seq > room.lastSeq && message.sender !== this.#userId;
      const unread = room.unread + (isNews && message.seq > room.readSeq ? 1 : 0);
      this.#rooms.set(room.id, { ...room, lastSeq: message.seq, lastMessage: message, unread });
    }
    this.#events.emit('message', message);
  }
}

const newestOf = (room: Room): string => room.lastMessage?.timestamp ?? room.createdAt;
