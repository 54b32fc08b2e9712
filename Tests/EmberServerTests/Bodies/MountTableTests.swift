import Testing

@testable import EmberServer

@Suite struct MountTableTests {
    private let table = MountTable(
        """
        /dev/sda1 / ext4 rw 0 0
        tmpfs /run tmpfs rw 0 0
        tmpfs /var/cache\\040dir tmpfs rw 0 0
        /dev/sdb1 /run/disk xfs rw 0 0
        tmpfs /over tmpfs rw 0 0
        /dev/sdc1 /over ext4 rw 0 0
        """)

    @Test(arguments: ["/run", "/run/user/ember", "/var/cache dir/ember"])
    func filesOfATmpfsTakeMemory(_ folder: String) { #expect(table.isInMemory(folder)) }

    @Test(arguments: ["/", "/var/cache/ember", "/run/disk/ember", "/running", "/over/there", ""])
    func othersDoNot(_ folder: String) { #expect(!table.isInMemory(folder)) }
}
