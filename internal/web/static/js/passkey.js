// Keys that stay in a device: one button makes one, another shows it. What it
// asks for and answers is JSON, with bytes in base64url.
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

async function post(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

const listed = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function make(options) {
  options.challenge = bytes(options.challenge);
  options.user.id = bytes(options.user.id);
  options.excludeCredentials = listed(options.excludeCredentials);
  const made = await navigator.credentials.create({ publicKey: options });
  return {
    id: made.id, rawId: made.id, type: made.type, clientExtensionResults: made.getClientExtensionResults(),
    response: { attestationObject: text(made.response.attestationObject), clientDataJSON: text(made.response.clientDataJSON), transports: made.response.getTransports?.() ?? [] },
  };
}

async function show(options) {
  options.challenge = bytes(options.challenge);
  options.allowCredentials = listed(options.allowCredentials);
  const shown = await navigator.credentials.get({ publicKey: options });
  const { authenticatorData, clientDataJSON, signature, userHandle } = shown.response;
  return {
    id: shown.id, rawId: shown.id, type: shown.type, clientExtensionResults: shown.getClientExtensionResults(),
    response: { authenticatorData: text(authenticatorData), clientDataJSON: text(clientDataJSON), signature: text(signature), userHandle: userHandle ? text(userHandle) : "" },
  };
}

if (globalThis.PublicKeyCredential) {
  for (const way of document.querySelectorAll("[data-key]")) {
    const button = way.querySelector("button");
    const fault = way.querySelector("[data-key-fault]");
    way.hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      fault.textContent = "";
      try {
        const { publicKey } = await post(way.dataset.keyBegin);
        const answer = await ("keyMake" in way.dataset ? make : show)(publicKey);
        const { next } = await post(way.dataset.key, answer);
        if (new URL(next, location).href === location.href) location.reload();
        else location.assign(next);
      } catch {
        fault.textContent = fault.dataset.keyFault;
        button.disabled = false;
      }
    });
  }
}
