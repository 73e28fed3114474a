// One tap less: where scripts run, the way into the meeting presses its own button.
document.getElementById("join").requestSubmit();
