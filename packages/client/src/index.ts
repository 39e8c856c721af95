export * from './chat/chat.ts';
export * from './http.ts';
