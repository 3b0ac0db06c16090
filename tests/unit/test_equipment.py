"""What a host is equipped with: folders that the inventory declares of it, beside those of the settings."""

from compliance.model.host import Address, Host
from compliance.model.inventory import Folder as Declared
from compliance.model.inventory import HostInventory
from compliance.wiring.equipment import _folders
from scanners import Folder
from scanners.discovery import _joined
from scanners.discovery.plan import Plan


def host(*folders, **more):
    inventory = HostInventory(folders=folders) if folders else HostInventory(**more)
    return Host(name="office-1", address=Address("192.0.2.7"), inventory=inventory)


def test_a_declared_folder_without_days_has_those_of_its_purpose():
    declared = (
        Declared(path="/srv/a", purpose="paid stay"),
        Declared(path="/srv/b", purpose="paid-stay", days=3),
        Declared(path="/srv/c", purpose="video"),
        Declared(path="/srv/d"),
    )
    found = _folders(host(*declared), {"paid-stay": 30})
    assert [(each.path, each.purpose, each.days) for each in found] == [
        ("/srv/a", "paid-stay", 30),
        ("/srv/b", "paid-stay", 3),
        ("/srv/c", "video", None),
        ("/srv/d", "", None),
    ]


def test_a_host_of_which_no_folder_is_declared_has_none_of_its_own():
    assert _folders(host(), {"paid-stay": 30}) == ()
    assert _folders(Host(name="a", address=Address("192.0.2.7")), {}) == ()


def test_the_host_s_own_folder_comes_before_that_of_the_settings():
    common = (Folder(path="/srv/a", purpose="video", days=1), Folder(path="/srv/z", purpose="video", days=1))
    plan = _joined(Plan(folders=common), (Folder(path="/srv/a", purpose="paid-stay", days=9),))
    assert [(each.path, each.days) for each in plan.folders] == [("/srv/a", 9), ("/srv/z", 1)]
