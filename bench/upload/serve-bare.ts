import type { AddressInfo } from 'node:net';
import express from 'express';
import multer from 'multer';
import { serveUntilLeft, settingsOf } from '../child.ts';

/** What a form costs at least: Express and multer write it to a folder, and nobody looks at it. */
const { uploadDir } = settingsOf<{ uploadDir: string }>();
const app = express();
const receive = multer({ storage: multer.diskStorage({ destination: uploadDir }) }).array('file');
app.post('/api/upload', receive, (request, response) => {
  response.status(201).json({ files: request.files });
});
const server = app.listen(0, '127.0.0.1', () =>
  serveUntilLeft(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {
    server.closeAllConnections();
    server.close();
  }),
);
