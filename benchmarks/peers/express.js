// What a receiver of Zoom's looks like in most tutorials: verify and answer 200; nothing is stored.
const crypto = require('crypto');
const express = require('express');

const secret = process.env.SECRET;
const hmac = (text) => crypto.createHmac('sha256', secret).update(text).digest('hex');
const app = express();
app.use(express.json());
app.post('/webhooks/zoom', (request, response) => {
  const { body, headers } = request;
  const signature = `v0=${hmac(`v0:${headers['x-zm-request-timestamp']}:${JSON.stringify(body)}`)}`;
  if (headers['x-zm-signature'] !== signature) {
    response.status(401).json({ message: 'Unauthorized', status: 401 });
  } else if (body.event === 'endpoint.url_validation') {
    const { plainToken } = body.payload;
    response.json({ plainToken, encryptedToken: hmac(plainToken) });
  } else {
    response.json({ message: 'Authorized', status: 200 });
  }
});
app.listen(Number(process.env.PORT), '127.0.0.1');
