export { applyEvent, subscribedEvents } from './apply.ts';
