"""What NetworkManager of a laptop answers, for python3-dbusmock: a cable, the network it is in, and others that it knows, some of them odd.

The interfaces are those of NetworkManager's D-Bus reference; the answers of the program itself are looked at beside it in the same test.
"""
import dbus

BUS_NAME = "org.freedesktop.NetworkManager"
MAIN_OBJ = "/org/freedesktop/NetworkManager"
MAIN_IFACE = BUS_NAME
SYSTEM_BUS = True

SETTINGS = MAIN_OBJ + "/Settings"
WIFI = "802-11-wireless"
SECURITY = "802-11-wireless-security"


def failing(name, text):
    return f'raise dbus.exceptions.DBusException("{text}", name="{BUS_NAME}.{name}")'


def secret(psk):
    return f'ret = {{"{SECURITY}": {{"psk": "{psk}"}}}}'


def load(mock, _parameters):
    cable = {"connection": {"type": "802-3-ethernet"}}

    def wifi(ssid, security=True):
        settings = {"connection": {"type": WIFI}, WIFI: {"ssid": dbus.ByteArray(ssid)}}
        return {**settings, SECURITY: {"key-mgmt": "wpa-psk"}} if security else settings

    known = [
        (cable, failing("Settings.InvalidConnection", "no such setting")),
        (wifi("Haus am See".encode()), secret("wellen und wind")),
        (wifi(b"airport", security=False), failing("Settings.InvalidConnection", "no such setting")),
        (wifi(b"company"), f'ret = {{"{SECURITY}": {{}}}}'),
        (wifi(b"keyring"), failing("AgentManager.NoSecrets", "No agents were available for this request.")),
        (wifi(b"denied"), failing("Settings.PermissionDenied", "Insufficient privileges")),
        # No network has such a name: it stands for any answer of another form.
        (wifi(b"x" * 65), secret("12345678")),
        (wifi("Über".encode()), secret("12345678")),
    ]
    paths = []
    for number, (settings, secrets) in enumerate(known):
        path = f"{SETTINGS}/{number}"
        paths.append(path)
        mock.AddObject(path, BUS_NAME + ".Settings.Connection", {}, [
            ("GetSettings", "", "a{sa{sv}}", f"ret = {settings!r}"),
            ("GetSecrets", "s", "a{sa{sv}}", secrets),
        ])
    listed = [dbus.ObjectPath(path) for path in paths]
    mock.AddObject(SETTINGS, BUS_NAME + ".Settings", {}, [("ListConnections", "", "ao", f"ret = {listed!r}")])
    active = []
    for number, kind in enumerate(["802-3-ethernet", WIFI]):
        path = f"{MAIN_OBJ}/ActiveConnection/{number}"
        active.append(dbus.ObjectPath(path))
        properties = {"Type": kind, "Connection": dbus.ObjectPath(paths[number])}
        mock.AddObject(path, BUS_NAME + ".Connection.Active", properties, [])
    mock.AddProperties(MAIN_IFACE, {"ActiveConnections": dbus.Array(active, signature="o")})
